import type { Duplex } from "node:stream";

/** The TCP connection that carries a WebSocket, as far as it is written to. */
export type Wire = Pick<Duplex, "write" | "cork" | "uncork" | "destroy">;

/** Frames are joined to pieces of so many bytes, which batches have in common: only what comes after is copied into each. */
const PIECE = 16_384;

/**
 * Frames that go out together, in one write: the last of them, and the batch before it. Connections that are sent the
 * same frames have the same batch, so that one more costs each of them a comparison, and all together one copy.
 */
export class FrameBatch {
  /** Bytes of all its frames. */
  readonly size: number;
  readonly #before: FrameBatch | undefined;
  readonly #frame: Buffer;
  /** What came of it when a frame was added last. */
  #next: FrameBatch | undefined;
  #chunks: readonly Buffer[] | undefined;

  /** @param frame as it goes over the wire, with its header. */
  constructor(frame: Buffer, before?: FrameBatch) {
    this.#frame = frame;
    this.#before = before;
    this.size = (before?.size ?? 0) + frame.length;
  }

  /** The batch with one more frame, the last one of another batch. */
  and(other: FrameBatch): FrameBatch {
    const next = this.#next;
    if (next && next.#frame === other.#frame) return next;
    this.#next = new FrameBatch(other.#frame, this);
    return this.#next;
  }

  /**
   * @param sent called when the operating system has it, or never will.
   * @returns whether the wire has room for more: what is unsent is little.
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

  /** Whether a piece is complete with its last frame. */
  get #endsPiece(): boolean {
    return Math.floor(this.size / PIECE) > Math.floor((this.#before?.size ?? 0) / PIECE);
  }

  #join(): Buffer[] {
    const frames = [this.#frame];
    let before = this.#before;
    for (; before && !before.#endsPiece; before = before.#before) frames.push(before.#frame);
    const own = frames.length > 1 ? Buffer.concat(frames.reverse()) : this.#frame;
    if (!before) return [own];
    before.#chunks ??= before.#join();
    return [...before.#chunks, own];
  }
}
