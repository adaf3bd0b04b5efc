import type { RawSocket } from "./raw-socket.js";

/** A message, ready to be sent. */
export interface Outgoing {
  readonly payload: Buffer;
  readonly binary: boolean;
}

/**
 * The protocol of a server's clients, without its client library: the load costs the same for all servers.
 */
export interface Dialect {
  readonly name: string;
  /** The address of client `i` of the room, such as `ws://127.0.0.1:1234/room/x/connect`. */
  url(server: string, room: string, i: number): string;
  /** Makes a room, where the server needs that. @returns its name. Without it, the bench chooses the name. */
  makeRoom?(server: string): Promise<string>;
  /**
   * Sends the first frames of a client.
   *
   * @returns a function that is called with each frame until it returns true: then the client has joined. It
   *   may send frames. Undefined where the server does not answer a join.
   */
  join(
    socket: RawSocket,
    room: string,
    i: number,
  ): ((payload: Buffer, binary: boolean) => boolean) | undefined;
  /** Message number `n`, with about `bytes` bytes of the application. */
  message(room: string, n: number, bytes: number): Outgoing;
  /** Whether a frame delivers such a message. Answers other frames that expect an answer. */
  isDelivery(payload: Buffer, binary: boolean, socket: RawSocket): boolean;
  /** The number of a delivered message. */
  numberOf(payload: Buffer): number;
}

/** Digits of a number in a text: enough for all messages of a run, and the same for all. */
const DIGITS = 9;

/** A text of `bytes` bytes that contains a number, which `numberIn` finds. */
export function numbered(n: number, bytes: number): string {
  return `#${String(n).padStart(DIGITS, "0")}`.padEnd(bytes, " abcdefg");
}

/** The number in a frame that contains a `numbered` text, and no `#` before it. */
export function numberIn(payload: Buffer): number {
  const start = payload.indexOf(35) + 1;
  let n = 0;
  for (let i = start; i < start + DIGITS; i++) n = n * 10 + (payload[i] as number) - 48;
  return n;
}
