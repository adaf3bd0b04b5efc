import type { Outgoing } from "./dialect.js";
import type { RawSocket } from "./raw-socket.js";

/** The position of a pointer. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** Receives each position that arrives, and the name of its client at the server. */
export type Moved = (who: string | number, position: Position) => void;

/** A client of a room whose members see each other's pointers. */
export interface Cursor {
  /** The address to connect to. */
  readonly url: string;
  /** Whether the server counts the client among its members. */
  readonly hasJoined: boolean;
  /** Sends the first frames of a client. */
  open(socket: RawSocket): void;
  /** Reads a frame, reports each position in it, and answers frames that expect an answer. */
  take(payload: Buffer, binary: boolean, moved: Moved): void;
  /** The frame that shows a position to the others. */
  move(position: Position): Outgoing;
}

/** The way in which the clients of a server show their pointers. */
export interface Cursors {
  readonly name: string;
  /** The program of the server, and its arguments. */
  readonly program: string;
  args(directory: () => string): readonly string[];
  /** Makes a room, where the server needs that. @returns its name. */
  makeRoom?(server: string): Promise<string>;
  client(server: string, room: string, i: number): Cursor;
}

/** A text frame. */
export const text = (payload: string): Outgoing => ({ payload: Buffer.from(payload), binary: false });
