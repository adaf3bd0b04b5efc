import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { BINARY, CLOSE, FrameScanner, PING, PONG, TEXT } from "./frame-scanner.js";

/** All sockets of the process read into this buffer in turn, and keep nothing of it. */
const READ = Buffer.allocUnsafe(262_144);

/**
 * A cheap WebSocket client for the load, the same for every server. Its masks are zero, which saves the
 * server no work. It prepares the frames that it sends, and reads headers only where it counts messages.
 */
export class RawSocket {
  /** Resolves when the socket is open. Rejects when the server refuses. */
  readonly opened: Promise<void>;
  /** Called once per read with the number of messages counted in it. */
  onCount: (messages: number) => void = () => {};
  /** Called when the connection has ended, with the code of the server's close frame, or 1006. */
  onClose: (code: number) => void = () => {};
  readonly #scanner: FrameScanner;
  readonly #socket: Socket;
  #open = false;
  #code = 1006;
  #take: ((payload: Buffer, binary: boolean) => void) | undefined;
  /** Messages that arrived before `take` was called. */
  #waiting: [payload: Buffer, binary: boolean][] = [];

  /**
   * @param url `ws://host:port/path?query`
   * @param options.localAddress the address to connect from, for more connections than one address has ports.
   */
  constructor(url: string, { localAddress }: { localAddress?: string } = {}) {
    const { hostname, port, pathname, search } = new URL(url);
    this.#scanner = new FrameScanner((payload, opcode) => this.#frame(payload, opcode));
    let head = "";
    let refuse: (error: Error) => void = () => {};
    let accept = () => {};
    this.opened = new Promise((resolve, reject) => {
      accept = resolve;
      refuse = reject;
    });
    this.opened.catch(() => {});
    const read = (length: number): boolean => {
      if (this.#open) {
        this.#feed(READ, length);
        return true;
      }
      head += READ.toString("latin1", 0, length);
      const end = head.indexOf("\r\n\r\n") + 4;
      if (end < 4) return true;
      if (!head.startsWith("HTTP/1.1 101 ")) {
        refuse(new Error(`${url} answers ${head.slice(0, head.indexOf("\r\n"))}`));
        this.#socket.destroy();
        return true;
      }
      this.#open = true;
      accept();
      if (head.length > end) this.#feed(Buffer.from(head.slice(end), "latin1"));
      return true;
    };
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      ...(localAddress && { localAddress }),
      onread: { buffer: READ, callback: read },
    });
    this.#socket.on("error", refuse);
    this.#socket.once("close", () => {
      refuse(new Error(`${url} ended the connection`));
      this.onClose(this.#code);
    });
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    ];
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** From now on, data messages of at least this many bytes are only counted (`onCount`). */
  set least(bytes: number) {
    this.#scanner.least = bytes;
  }

  /** Bytes received since the socket opened. */
  get bytes(): number {
    return this.#scanner.bytes;
  }

  /** Passes each message that is not only counted to `take`, beginning with those that already arrived. */
  take(take: (payload: Buffer, binary: boolean) => void): void {
    this.#take = take;
    for (const [payload, binary] of this.#waiting.splice(0)) this.#take(payload, binary);
  }

  /** Sends a message: text, unless `binary`. */
  send(payload: Buffer | string, binary = false): void {
    this.write(clientFrame(typeof payload === "string" ? Buffer.from(payload) : payload, binary));
  }

  /** Sends prepared frames (`clientFrame`) in one write. */
  write(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  #feed(chunk: Buffer, length = chunk.length): void {
    const before = this.#scanner.counted;
    this.#scanner.feed(chunk, length);
    const counted = this.#scanner.counted - before;
    if (counted > 0) this.onCount(counted);
  }

  #frame(payload: Buffer, opcode: number): void {
    if (opcode === PING) this.write(frame(PONG, payload));
    else if (opcode === CLOSE) {
      if (payload.length >= 2) this.#code = payload.readUInt16BE(0);
      this.#socket.end(frame(CLOSE, payload));
    } else if (opcode === TEXT || opcode === BINARY) {
      if (this.#take) this.#take(payload, opcode === BINARY);
      else this.#waiting.push([payload, opcode === BINARY]);
    }
  }
}

/** A client's frame, ready to be sent any number of times. */
export const clientFrame = (payload: Buffer, binary: boolean): Buffer =>
  frame(binary ? BINARY : TEXT, payload);

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  // A mask of zeros follows the header, and changes nothing.
  const bytes = Buffer.alloc(header + 4 + length);
  bytes[0] = 128 | opcode;
  if (header === 2) bytes[1] = 128 | length;
  else if (header === 4) {
    bytes[1] = 128 | 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 128 | 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  payload.copy(bytes, header + 4);
  return bytes;
}
