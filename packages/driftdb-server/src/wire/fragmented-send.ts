import { backgroundJobs } from "../schedule/background-jobs.js";
import type { Wire } from "./frame-batch.js";
import { CONTINUATION, type Opcode, wsFrame } from "./ws-frame.js";

/** Bytes that may wait for the operating system to take them: a client that reads slowly is written for slowly. */
const MOST_UNSENT = 1_048_576;

/**
 * A long message that is being sent in fragments (RFC 6455, 5.4), each made only when it can be sent: nobody else waits
 * for it, and never is all of it in memory.
 */
export class FragmentedSend {
  readonly #wire: Wire;
  readonly #parts: Iterator<string | Uint8Array, void>;
  readonly #isOpen: () => boolean;
  readonly #sent: () => void;
  #opcode: Opcode;
  /** The part that is due; the one after it has to be known, since the last one says so. */
  #part: IteratorResult<string | Uint8Array, void> | undefined;
  #isOver = false;
  #bytes = 0;
  #waits = false;

  /**
   * @param parts at least one.
   * @param isOpen whether there is somebody to send to still.
   * @param sent called once the operating system has all of them, or never will: something else may be sent from then on.
   */
  constructor(
    wire: Wire,
    first: Opcode,
    parts: Iterator<string | Uint8Array, void>,
    isOpen: () => boolean,
    sent: () => void,
  ) {
    this.#wire = wire;
    this.#opcode = first;
    this.#parts = parts;
    this.#isOpen = isOpen;
    this.#sent = sent;
    backgroundJobs.add(() => this.#step());
  }

  /** Bytes that the wire has, and the operating system has not taken. */
  get unsent(): number {
    return this.#bytes;
  }

  #step(): boolean {
    try {
      const part = this.#part ?? this.#parts.next();
      if (this.#isOpen() && !part.done) this.#write(part.value);
      else this.#isOver = true;
    } catch (error) {
      // Half a message is no message: whoever waits for the rest has to come again.
      this.#wire.destroy();
      this.#isOver = true;
      this.#end();
      throw error;
    }
    if (this.#isOver) {
      this.#end();
      return false;
    }
    this.#waits = this.#bytes >= MOST_UNSENT;
    return !this.#waits;
  }

  #write(value: string | Uint8Array): void {
    this.#part = this.#parts.next();
    this.#isOver = this.#part.done === true;
    const frame = wsFrame(this.#opcode, value, this.#isOver);
    this.#opcode = CONTINUATION;
    this.#bytes += frame.length;
    this.#wire.write(frame, () => this.#taken(frame.length));
  }

  #taken(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#isOver) {
      this.#end();
    } else if (this.#waits) {
      this.#waits = false;
      backgroundJobs.add(() => this.#step());
    }
  }

  #end(): void {
    if (this.#bytes === 0) this.#sent();
  }
}
