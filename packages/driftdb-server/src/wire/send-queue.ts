import type { Frame } from "../frame/frame.js";
import { atEndOfTurn } from "./end-of-turn.js";
import { FragmentedSend } from "./fragmented-send.js";
import { FrameBatch, type Wire } from "./frame-batch.js";
import { BINARY, TEXT, wsFrame } from "./ws-frame.js";

/** Bytes at which a batch is written before the turn ends. Beyond this size, one write saves nothing. */
const MAX_BATCH_BYTES = 65_536;

/** The owner of a `SendQueue`. */
export interface Sender {
  /** Whether frames may be written. */
  readonly isOpen: boolean;
  /** Called after a write that left few bytes unsent. */
  wireHasRoom(): void;
  /** Called after a write that left many bytes unsent, and for each frame that waits behind a long one. */
  unsentGrew(): void;
}

type QueuedFrame = [frame: Frame, sent: (() => void) | undefined];

/** The frames for one client. Those of one turn of the event loop go out in one write. */
export class SendQueue {
  readonly #wire: Wire;
  readonly #cbor: boolean;
  readonly #sender: Sender;
  /** The turn's frames so far. */
  #batch: FrameBatch | undefined;
  /** Called when the batch was sent. */
  #sent: readonly (() => void)[] = NO_CALLS;
  #long: FragmentedSend | undefined;
  /** The frames that wait behind a long one. */
  #queued: QueuedFrame[] | undefined;
  #queuedBytes = 0;

  constructor(wire: Wire, useCbor: boolean, sender: Sender) {
    this.#wire = wire;
    this.#cbor = useCbor;
    this.#sender = sender;
  }

  /**
   * Unsent bytes to add to those of the wire: of the frames behind a long one, minus the wire's bytes of the
   * long one. The latter do not count, since a long frame is sent no faster than the client reads.
   */
  get unsentBesidesWire(): number {
    return this.#queuedBytes - (this.#long?.unsent ?? 0);
  }

  /** @param sent called when the operating system has the frame, or never will. */
  send(frame: Frame, sent?: () => void): void {
    if (this.#queued) {
      this.#queued.push([frame, sent]);
      // Another long frame is not encoded yet.
      this.#queuedBytes += frame.isLong ? MAX_BATCH_BYTES : batchOf(frame, this.#cbor).size;
      this.#sender.unsentGrew();
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
      if (this.#batch.size > MAX_BATCH_BYTES) this.flush();
    }
  }

  /** Writes the batch. */
  flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    const calls = this.#sent;
    this.#batch = undefined;
    this.#sent = NO_CALLS;
    const sent = calls === NO_CALLS ? undefined : () => calls.forEach((call) => void call());
    if (this.#sender.isOpen) {
      if (batch.write(this.#wire, sent)) this.#sender.wireHasRoom();
      else this.#sender.unsentGrew();
    } else {
      sent?.();
    }
  }

  #sendLong(frame: Frame, sent?: () => void): void {
    this.flush();
    const queued: QueuedFrame[] = [];
    this.#queued = queued;
    const done = () => {
      this.#long = this.#queued = undefined;
      this.#queuedBytes = 0;
      for (const [next, nextSent] of queued) this.send(next, nextSent);
      sent?.();
    };
    const opcode = this.#cbor ? BINARY : TEXT;
    const isOpen = () => this.#sender.isOpen;
    this.#long = new FragmentedSend(this.#wire, opcode, frame.parts(this.#cbor), isOpen, done);
  }
}

const NO_CALLS: readonly (() => void)[] = [];

/** A batch of one frame. All calls with the same frame and codec share one object. */
export function batchOf(frame: Frame, useCbor: boolean): FrameBatch {
  return frame.shared(useCbor, useCbor ? cborBatch : jsonBatch);
}

const jsonBatch = (frame: Frame) => new FrameBatch(wsFrame(TEXT, frame.json));
const cborBatch = (frame: Frame) => new FrameBatch(wsFrame(BINARY, frame.cbor));
