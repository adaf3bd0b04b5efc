import type { Duplex } from "node:stream";

/** The part of a WebSocket's TCP connection that is used to write. */
export type Wire = Pick<Duplex, "write" | "cork" | "uncork" | "destroy">;

/** Bytes of a piece. Batches share complete pieces, and copy only the frames after them. */
const PIECE_SIZE = 16_384;

/**
 * Frames for one write, as a linked list: the last frame, and the batch of the frames before it. Connections
 * that are sent the same frames share one batch. Another frame costs each of them one comparison, and all
 * together one copy.
 */
export class FrameBatch {
  /** Bytes of all frames. */
  readonly size: number;
  readonly #previous: FrameBatch | undefined;
  readonly #frame: Buffer;
  /** The batch that `and` returned last. */
  #next: FrameBatch | undefined;
  #chunks: readonly Buffer[] | undefined;

  /** @param frame with its header. */
  constructor(frame: Buffer, previous?: FrameBatch) {
    this.#frame = frame;
    this.#previous = previous;
    this.size = (previous?.size ?? 0) + frame.length;
  }

  /** This batch with one more frame: the last frame of another batch. */
  and(other: FrameBatch): FrameBatch {
    const next = this.#next;
    if (next && next.#frame === other.#frame) return next;
    this.#next = new FrameBatch(other.#frame, this);
    return this.#next;
  }

  /**
   * @param sent called when the operating system has all bytes, or never will.
   * @returns whether the wire has room for more, because few bytes are unsent.
   */
  write(wire: Wire, sent?: () => void): boolean {
    this.#chunks ??= this.#join();
    const last = this.#chunks.length - 1;
    if (last === 0) return wire.write(this.#chunks[0], sent);
    wire.cork();
    for (let i = 0; i < last; i++) wire.write(this.#chunks[i]);
    const hasRoom = wire.write(this.#chunks[last], sent);
    wire.uncork();
    return hasRoom;
  }

  /** Whether the last frame completes a piece. */
  get #endsPiece(): boolean {
    return Math.floor(this.size / PIECE_SIZE) > Math.floor((this.#previous?.size ?? 0) / PIECE_SIZE);
  }

  #join(): Buffer[] {
    const frames = [this.#frame];
    let previous = this.#previous;
    for (; previous && !previous.#endsPiece; previous = previous.#previous) frames.push(previous.#frame);
    const own = frames.length > 1 ? Buffer.concat(frames.reverse()) : this.#frame;
    if (!previous) return [own];
    previous.#chunks ??= previous.#join();
    return [...previous.#chunks, own];
  }
}
