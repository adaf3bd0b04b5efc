import type { Duplex } from "node:stream";

/** The TCP connection that carries a WebSocket, as far as it is written to. */
export type Wire = Pick<Duplex, "write" | "cork" | "uncork">;

/** What several batches have in common is copied into each of them up to so many bytes, and shared from there on. */
const WORTH_SHARING = 16_384;

/**
 * Frames that go out together, in one write: the last of them, and the batch before it. Connections that are sent the
 * same frames have the same batch, so that one more costs each of them a comparison, and all together one copy.
 */
export class Batch {
  /** Bytes of all its frames. */
  readonly size: number;
  readonly #before: Batch | undefined;
  readonly #frame: Buffer;
  /** What came of it when a frame was added last. */
  #next: Batch | undefined;
  /** Whether different frames were added. */
  #forked = false;
  #chunks: readonly Buffer[] | undefined;

  /** @param frame as it goes over the wire, with its header. */
  constructor(frame: Buffer, before?: Batch) {
    this.#frame = frame;
    this.#before = before;
    this.size = (before?.size ?? 0) + frame.length;
  }

  /** The batch with one more frame, the last one of another batch. */
  and(other: Batch): Batch {
    const next = this.#next;
    if (next && next.#frame === other.#frame) return next;
    this.#forked = next !== undefined;
    this.#next = new Batch(other.#frame, this);
    return this.#next;
  }

  /** @param sent called when the operating system has it, or never will. */
  write(wire: Wire, sent?: () => void): void {
    this.#chunks ??= this.#join();
    const last = this.#chunks.length - 1;
    if (last > 0) wire.cork();
    this.#chunks.forEach((chunk, i) => {
      wire.write(chunk, i === last ? sent : undefined);
    });
    if (last > 0) wire.uncork();
  }

  #join(): Buffer[] {
    const frames = [this.#frame];
    let before = this.#before;
    for (; before; before = before.#before) {
      if (before.size >= WORTH_SHARING && (before.#chunks || before.#forked)) break;
      frames.push(before.#frame);
    }
    const own = frames.length > 1 ? Buffer.concat(frames.reverse()) : this.#frame;
    if (!before) return [own];
    before.#chunks ??= before.#join();
    return [...before.#chunks, own];
  }
}
