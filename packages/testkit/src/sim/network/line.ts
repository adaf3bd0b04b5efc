import type { OneWay } from "./one-way.js";

/** The content of one WebSocket message: JSON text or CBOR bytes. */
export type Frame = string | Uint8Array;

/** One end of a connection, as the other end reaches it. */
export interface End {
  /** As in a WebSocket: 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** A frame of the other end arrives. */
  received(frame: Frame): void;
  /** The connection is over for this end. */
  closed(code: number): void;
}

/** A connection between a client and a server, as its two ends use it. */
export interface Line {
  readonly client: End;
  readonly server: End;
  /** From the client to the server. */
  readonly up: OneWay;
  /** From the server to the client. */
  readonly down: OneWay;
  /** Called with each frame that leaves the client. */
  readonly watchUp: (frame: Frame) => void;
  /** Called with each frame that leaves the server. */
  readonly watchDown: (frame: Frame) => void;
  /** Called with each frame that is handed to the client's code. */
  readonly watchGiven: (frame: Frame) => void;
  /** Breaks the connection: both ends learn of a reset. */
  cut(): void;
}
