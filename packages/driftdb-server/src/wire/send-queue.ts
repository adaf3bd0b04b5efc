import type { Frame } from "../frame/frame.js";
import { atEndOfTurn } from "./end-of-turn.js";
import { FragmentedSend } from "./fragmented-send.js";
import { FrameBatch, type Wire } from "./frame-batch.js";
import { BINARY, TEXT, wsFrame } from "./ws-frame.js";

/** Bytes that may wait for the end of the turn to be written together: with more, one write is no saving any more. */
const MOST_HELD = 65_536;

/** Who sends. */
export interface Sender {
  /** Whether frames may be written. */
  readonly isOpen: boolean;
  /** Called when all but a little of what was sent is on its way. */
  drained(): void;
  /** Called when more than a little is unsent, after each write and each time that more waits. */
  piledUp(): void;
}

type Waiting = [frame: Frame, sent: (() => void) | undefined];

/** What goes out to one client: all frames of a turn of the event loop in one write. */
export class SendQueue {
  readonly #wire: Wire;
  readonly #cbor: boolean;
  readonly #sender: Sender;
  /** The turn's frames so far, and who wants to know when they were sent. */
  #batch: FrameBatch | undefined;
  #sent: readonly (() => void)[] = NOBODY;
  /** A long frame that is being sent, and those behind it. */
  #long: FragmentedSend | undefined;
  #behind: Waiting[] | undefined;
  #behindBytes = 0;

  constructor(wire: Wire, useCbor: boolean, sender: Sender) {
    this.#wire = wire;
    this.#cbor = useCbor;
    this.#sender = sender;
  }

  /**
   * Bytes to be counted beside those that the wire has: what waits behind a long frame, less what the wire has of that,
   * since it is sent no faster than it is taken.
   */
  get beside(): number {
    return this.#behindBytes - (this.#long?.unsent ?? 0);
  }

  /** @param sent called when the operating system has it, or never will. */
  send(frame: Frame, sent?: () => void): void {
    if (this.#behind) {
      this.#behind.push([frame, sent]);
      // Another long one is made when it is its turn.
      this.#behindBytes += frame.isLong ? MOST_HELD : batchOf(frame, this.#cbor).size;
      this.#sender.piledUp();
    } else if (frame.isLong) {
      this.#sendLong(frame, sent);
    } else {
      const batch = batchOf(frame, this.#cbor);
      if (sent) this.#sent = [...this.#sent, sent];
      if (this.#batch) {
        this.#batch = this.#batch.and(batch);
      } else {
        this.#batch = batch;
        atEndOfTurn(this);
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
      if (batch.write(this.#wire, sent)) this.#sender.drained();
      else this.#sender.piledUp();
    } else {
      sent?.();
    }
  }

  #sendLong(frame: Frame, sent?: () => void): void {
    this.flush();
    const behind: Waiting[] = [];
    this.#behind = behind;
    const goOn = () => {
      this.#long = this.#behind = undefined;
      this.#behindBytes = 0;
      for (const [next, nextSent] of behind) this.send(next, nextSent);
      sent?.();
    };
    const opcode = this.#cbor ? BINARY : TEXT;
    const isOpen = () => this.#sender.isOpen;
    this.#long = new FragmentedSend(this.#wire, opcode, frame.parts(this.#cbor), isOpen, goOn);
  }
}

const NOBODY: readonly (() => void)[] = [];

/** A frame alone as it goes over the wire, the same object each time. */
export function batchOf(frame: Frame, useCbor: boolean): FrameBatch {
  return frame.shared(useCbor, useCbor ? cborBatch : jsonBatch);
}

const jsonBatch = (frame: Frame) => new FrameBatch(wsFrame(TEXT, frame.json));
const cborBatch = (frame: Frame) => new FrameBatch(wsFrame(BINARY, frame.cbor));
