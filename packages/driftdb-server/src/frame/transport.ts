import type { Frame } from "./frame.js";

/** Takes what a client sends. */
export interface Receiver {
  /** Takes one frame: binary is CBOR, text is JSON (P7). */
  receive(frame: Uint8Array, binary: boolean): void;
}

/** What a session's connection must know again after its process has slept between two frames. */
export interface SessionMemory {
  readonly cid: string;
  readonly name: string;
  /** Whether it is in every broadcast, and not only in those of `keys`. */
  readonly allKeys: boolean;
  readonly epoch: string;
  readonly keys: readonly string[];
}

/**
 * What a connection needs of a client's socket. Each platform has its own: `ws` in Node (client-socket.ts), a
 * hibernating WebSocket in a worker.
 */
export interface Transport {
  /** Whether frames may be sent. */
  readonly isOpen: boolean;
  /** Gives each frame that comes to `receiver`, in order, from now on. */
  read(receiver: Receiver): void;
  /**
   * Reads no further: a client that asks for one history after the other, and does not read them, must not fill the
   * server's memory (D18).
   *
   * @returns reads on.
   */
  hold(): () => void;
  /** @param sent called when the frame is on its way, or will never be. */
  send(frame: Frame, sent?: () => void): void;
  /** Sends a history, which may be larger than what may otherwise be unsent: one at a time (D18). */
  sendInit(frame: Frame, sent?: () => void): void;
  /**
   * Closes it, after what was sent. What still comes may be given to the receiver: the room knows what counts (S10).
   *
   * @param reason of any length: a transport cuts it to what has place, 123 bytes in a WebSocket.
   */
  close(code: number, reason: string): void;
  /** Keeps what `SessionConnection.wake` is given when the process has slept. Absent where no process sleeps. */
  remember?(memory: SessionMemory): void;
}
