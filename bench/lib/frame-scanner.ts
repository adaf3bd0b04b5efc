/** Opcodes of RFC 6455. */
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The longest header of a server's frame: two bytes, and eight for the length. */
const LONGEST_HEADER = 10;

/**
 * Finds the messages in the bytes of a WebSocket server. It only counts long messages, by their headers,
 * without copies or allocations.
 */
export class FrameScanner {
  /** Data messages of at least this many bytes are only counted. */
  least = Number.POSITIVE_INFINITY;
  /** Messages counted so far. */
  counted = 0;
  /** Bytes received so far, headers included. */
  bytes = 0;
  readonly #take: (payload: Buffer, opcode: number) => void;
  /** An incomplete header. */
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerBytes = 0;
  /** Bytes of the current frame that are still to come. */
  #left = 0;
  /** Whether the current frame is only counted. */
  #skips = false;
  #isLast = false;
  #opcode = 0;
  /** The parts of the current message, over all its frames, and its opcode. */
  #parts: Buffer[] = [];
  #partsOf = 0;
  /** The parts of the current control frame, which may stand between two frames of a message. */
  #control: Buffer[] = [];

  /**
   * @param take receives each message that is not only counted, and each control frame. It may keep the
   * bytes.
   */
  constructor(take: (payload: Buffer, opcode: number) => void) {
    this.#take = take;
  }

  /**
   * Reads the first `end` bytes of a buffer, and keeps no reference to it.
   *
   * @throws {Error} for a masked frame, which a server must not send.
   */
  feed(chunk: Buffer, end = chunk.length): void {
    this.bytes += end;
    let at = 0;
    while (at < end) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at);
        const parts = this.#opcode >= CLOSE ? this.#control : this.#parts;
        if (!this.#skips) parts.push(Buffer.from(chunk.subarray(at, at + taken)));
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#end();
      } else if (this.#headerBytes === 0 && end - at >= LONGEST_HEADER) {
        at += this.#begin(chunk, at);
      } else {
        this.#header[this.#headerBytes++] = chunk[at++] as number;
        if (this.#headerBytes >= 2 && this.#headerBytes === headerSize(this.#header[1] as number)) {
          this.#headerBytes = 0;
          this.#begin(this.#header, 0);
        }
      }
    }
  }

  /** Reads a whole header. @returns its size. */
  #begin(bytes: Buffer, at: number): number {
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const size = headerSize(second);
    let length = second;
    if (second === 126) length = bytes.readUInt16BE(at + 2);
    else if (second === 127) length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
    this.#opcode = first & 15;
    this.#isLast = first >= 128;
    this.#left = length;
    this.#skips = this.#isLast && length >= this.least && (this.#opcode === TEXT || this.#opcode === BINARY);
    if (length === 0) this.#end();
    return size;
  }

  #end(): void {
    if (this.#skips) {
      this.counted++;
      return;
    }
    if (this.#opcode >= CLOSE) {
      const payload = join(this.#control);
      this.#control = [];
      this.#take(payload, this.#opcode);
      return;
    }
    if (this.#opcode !== 0) this.#partsOf = this.#opcode;
    if (!this.#isLast) return;
    const message = join(this.#parts);
    this.#parts = [];
    if (message.length >= this.least) this.counted++;
    else this.#take(message, this.#partsOf);
  }
}

/** The size of a header by its second byte. */
function headerSize(second: number): number {
  if (second >= 128) throw new Error("the server sent a masked frame");
  return second === 127 ? 10 : second === 126 ? 4 : 2;
}

const join = (parts: Buffer[]): Buffer => (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
