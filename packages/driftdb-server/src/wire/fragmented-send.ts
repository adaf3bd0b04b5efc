import { backgroundJobs } from "../schedule/background-jobs.js";
import type { Wire } from "./frame-batch.js";
import { CONTINUATION, type Opcode, wsFrame } from "./ws-frame.js";

/** Unsent bytes at which encoding pauses until the client reads. */
const MAX_UNSENT = 1_048_576;

/**
 * Sends a long message in fragments (RFC 6455, 5.4). Each fragment is encoded when it can be sent. So other
 * clients do not wait, and the whole message is never in memory.
 */
export class FragmentedSend {
  readonly #wire: Wire;
  readonly #parts: Iterator<string | Uint8Array, void>;
  readonly #isOpen: () => boolean;
  readonly #done: () => void;
  #opcode: Opcode;
  /** The next part. It is read in advance, since the last fragment has to say that it is the last. */
  #part: IteratorResult<string | Uint8Array, void> | undefined;
  #isOver = false;
  /** Unsent bytes. */
  #bytes = 0;
  #isPaused = false;

  /**
   * @param parts at least one.
   * @param isOpen whether the client is still connected.
   * @param done called when the operating system has all parts, or never will. Other frames may be sent then.
   */
  constructor(
    wire: Wire,
    first: Opcode,
    parts: Iterator<string | Uint8Array, void>,
    isOpen: () => boolean,
    done: () => void,
  ) {
    this.#wire = wire;
    this.#opcode = first;
    this.#parts = parts;
    this.#isOpen = isOpen;
    this.#done = done;
    backgroundJobs.add(() => this.#step());
  }

  /** Bytes that were written to the wire, and that the operating system has not taken. */
  get unsent(): number {
    return this.#bytes;
  }

  #step(): boolean {
    try {
      const part = this.#part ?? this.#parts.next();
      if (this.#isOpen() && !part.done) this.#write(part.value);
      else this.#isOver = true;
    } catch (error) {
      // The client cannot use half a message: it has to reconnect.
      this.#wire.destroy();
      this.#isOver = true;
      this.#end();
      throw error;
    }
    if (this.#isOver) {
      this.#end();
      return false;
    }
    this.#isPaused = this.#bytes >= MAX_UNSENT;
    return !this.#isPaused;
  }

  #write(value: string | Uint8Array): void {
    this.#part = this.#parts.next();
    this.#isOver = this.#part.done === true;
    const frame = wsFrame(this.#opcode, value, this.#isOver);
    this.#opcode = CONTINUATION;
    this.#bytes += frame.length;
    this.#wire.write(frame, () => this.#written(frame.length));
  }

  #written(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#isOver) {
      this.#end();
    } else if (this.#isPaused) {
      this.#isPaused = false;
      backgroundJobs.add(() => this.#step());
    }
  }

  #end(): void {
    if (this.#bytes === 0) this.#done();
  }
}
