import type { Batch, Wire } from "./batch.js";
import { sendInFragments } from "./fragments.js";
import type { Frame } from "./frame.js";
import { atTurnsEnd } from "./turn.js";
import { BINARY, TEXT } from "./wire-frame.js";

/** Bytes that may wait for the end of the turn to be written together: with more, one write is no saving any more. */
const MOST_HELD = 65_536;

/** Who sends. */
export interface Sender {
  /** Whether frames may be written. */
  readonly isOpen: boolean;
  /** Told after each write, and each time that more waits. */
  wrote(): void;
}

type Waiting = [frame: Frame, sent: (() => void) | undefined];

/** What goes out to one client: all frames of a turn of the event loop in one write. */
export class Outgoing {
  readonly #wire: Wire;
  readonly #cbor: boolean;
  readonly #sender: Sender;
  /** The turn's frames so far, and who wants to know when they were sent. */
  #batch: Batch | undefined;
  #sent: readonly (() => void)[] = NOBODY;
  /** The frames behind a long one that is being sent. */
  #behind: Waiting[] | undefined;
  #behindBytes = 0;

  constructor(wire: Wire, useCbor: boolean, sender: Sender) {
    this.#wire = wire;
    this.#cbor = useCbor;
    this.#sender = sender;
  }

  /** Bytes that wait behind a long frame, beside those that the wire has. */
  get waiting(): number {
    return this.#behindBytes;
  }

  /** @param sent called when the operating system has it, or never will. */
  send(frame: Frame, sent?: () => void): void {
    if (this.#behind) {
      this.#behind.push([frame, sent]);
      // Another long one is made when it is its turn.
      this.#behindBytes += frame.isLong ? MOST_HELD : frame.batch(this.#cbor).size;
      this.#sender.wrote();
    } else if (frame.isLong) {
      this.#sendLong(frame, sent);
    } else {
      const batch = frame.batch(this.#cbor);
      if (sent) this.#sent = [...this.#sent, sent];
      if (this.#batch) {
        this.#batch = this.#batch.and(batch);
      } else {
        this.#batch = batch;
        atTurnsEnd(this);
      }
      if (this.#batch.size > MOST_HELD) this.flush();
    }
  }

  /** Writes what waits for the end of the turn. */
  flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    const calls = this.#sent;
    this.#batch = undefined;
    this.#sent = NOBODY;
    const sent = calls === NOBODY ? undefined : () => calls.forEach((call) => void call());
    if (this.#sender.isOpen) {
      batch.write(this.#wire, sent);
      this.#sender.wrote();
    } else {
      sent?.();
    }
  }

  #sendLong(frame: Frame, sent?: () => void): void {
    this.flush();
    const behind: Waiting[] = [];
    this.#behind = behind;
    const goOn = () => {
      this.#behind = undefined;
      this.#behindBytes = 0;
      for (const [next, nextSent] of behind) this.send(next, nextSent);
    };
    const opcode = this.#cbor ? BINARY : TEXT;
    sendInFragments(this.#wire, opcode, frame.parts(this.#cbor), () => this.#sender.isOpen, goOn, sent);
  }
}

const NOBODY: readonly (() => void)[] = [];
