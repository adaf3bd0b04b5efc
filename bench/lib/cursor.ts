import type { Outgoing } from "./dialect.js";
import type { RawSocket } from "./raw-socket.js";

/** Where somebody's pointer is. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** Told of a position that has come: whose it is, by the name that the server or the client has for that client. */
export type Moved = (who: string | number, position: Position) => void;

/** A client of a room whose members see each other's pointers. */
export interface Cursor {
  /** Where it connects. */
  readonly url: string;
  /** Whether the server has it among those that it tells. */
  readonly hasJoined: boolean;
  /** Says what it has to say when it is open. */
  open(socket: RawSocket): void;
  /** Takes a frame that comes, and tells of each position in it. Answers what wants an answer. */
  take(payload: Buffer, binary: boolean, moved: Moved): void;
  /** The frame that tells the others where its pointer is. */
  move(position: Position): Outgoing;
}

/** How a server's clients tell each other of pointers. */
export interface Cursors {
  readonly name: string;
  /** The server's program, and what it is told. */
  readonly program: string;
  args(directory: () => string): readonly string[];
  /** Makes a room and answers its name, if the server needs that. */
  makeRoom?(server: string): Promise<string>;
  client(server: string, room: string, i: number): Cursor;
}

/** A text frame. */
export const text = (payload: string): Outgoing => ({ payload: Buffer.from(payload), binary: false });
