import type { Frame } from "./frame.js";

/** Receives the frames of one client. */
export interface Receiver {
  /** Handles one frame: binary is CBOR, text is JSON (P7). */
  receive(frame: Uint8Array, binary: boolean): void;
}

/** The state that a session's connection needs again after its process has slept between two frames. */
export interface SessionMemory {
  readonly cid: string;
  readonly name: string;
  /** Whether the connection receives all broadcasts, and not only those of `keys`. */
  readonly allKeys: boolean;
  readonly epoch: string;
  readonly keys: readonly string[];
}

/**
 * A client's socket, as a connection uses it. Each platform has its own: `ws` in Node (client-socket.ts), a
 * hibernating WebSocket in a worker.
 */
export interface Transport {
  /** Whether frames may be sent. */
  readonly isOpen: boolean;
  /** Starts reading: the receiver is called with each frame of the client, in order. */
  read(receiver: Receiver): void;
  /**
   * Stops reading. Otherwise a client that asks for many histories, and reads none of them, would fill the
   * server's memory (D18).
   *
   * @returns continues reading.
   */
  pause(): () => void;
  /** @param sent called when the frame is on its way, or will never be sent. */
  send(frame: Frame, sent?: () => void): void;
  /** Sends a history. It may exceed the limit of unsent bytes (S12), but only one at a time may (D18). */
  sendInit(frame: Frame, sent?: () => void): void;
  /**
   * Closes the socket, after the frames that were sent. A long history that is not sent yet breaks off, and
   * the frames behind it are dropped. The receiver may still be called: the room knows which requests count
   * (S10).
   *
   * @param reason of any length. A transport shortens it to what the platform allows: 123 bytes in a
   * WebSocket.
   */
  close(code: number, reason: string): void;
  /**
   * Stores the argument that `SessionConnection.wake` needs when the process has slept. Absent where
   * processes do not sleep.
   */
  remember?(memory: SessionMemory): void;
}
