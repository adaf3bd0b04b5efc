import type { RawSocket } from "./raw-socket.js";

/** A message to be sent. */
export interface Outgoing {
  readonly payload: Buffer;
  readonly binary: boolean;
}

/** How the clients of a server speak, without its client library, so that the load costs the same for all of them. */
export interface Dialect {
  readonly name: string;
  /** Where client `i` of the room connects, such as `ws://127.0.0.1:1234/room/x/connect`. */
  url(server: string, room: string, i: number): string;
  /** Makes a room and answers its name, if the server needs that; otherwise the bench's own name is taken. */
  makeRoom?(server: string): Promise<string>;
  /**
   * Sends what a client has to say when it is open.
   *
   * @returns a function that is called with each frame that comes until it returns true: then the client has joined. It
   *   may send. Undefined if it has joined already, since its server says nothing to that.
   */
  join(
    socket: RawSocket,
    room: string,
    i: number,
  ): ((payload: Buffer, binary: boolean) => boolean) | undefined;
  /** Message number `n`, which carries about `bytes` of the application. */
  message(room: string, n: number, bytes: number): Outgoing;
  /** Whether a frame that comes is the delivery of such a message. Answers others, where they want an answer. */
  isDelivery(payload: Buffer, binary: boolean, socket: RawSocket): boolean;
  /** The number of a delivered message. */
  numberOf(payload: Buffer): number;
}

/** How many digits a number has in a text: enough for all messages of a run, and the same for all. */
const DIGITS = 9;

/** A text of so many bytes that carries a number, for `numberIn` to find. */
export function numbered(n: number, bytes: number): string {
  return `#${String(n).padStart(DIGITS, "0")}`.padEnd(bytes, " abcdefg");
}

/** The number in a frame that holds a `numbered` text, and no `#` before it. */
export function numberIn(payload: Buffer): number {
  const start = payload.indexOf(35) + 1;
  let n = 0;
  for (let i = start; i < start + DIGITS; i++) n = n * 10 + (payload[i] as number) - 48;
  return n;
}
