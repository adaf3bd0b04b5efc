import type * as Core from "../core/output.js";
import type * as CoreRequest from "../core/request.js";
import type { Payload } from "./payload.js";

/** A request of a host to a room. */
export type Request = CoreRequest.RoomRequest<Payload>;

/** An event or an answer. A room delivers both in one order. */
export type Output = Core.RoomOutput<Payload>;
/** The answer to one request. */
export type Answer = Core.RoomAnswer<Payload>;
/** A message that the room broadcasts. */
export type RoomMessage = Core.MessageEvent<Payload>;
/** A hold that the room broadcasts (S9). */
export type RoomHold = Core.HeldEvent<Payload>;
/** The answer to a session that resumes a key (S7). */
export type KeyHistory = Core.History<Payload>;

/**
 * Stores rooms. An engine applies the requests of all hosts in one order, with the rules in `core/`. It
 * delivers the outputs of a request only after it has committed the changes (M5).
 */
export interface Engine {
  /** Makes an empty room, whose id is new. Resolves when the room would survive a crash. */
  create(room: string): Promise<void>;
  /** Whether the room exists. */
  exists(room: string): Promise<boolean>;
  /**
   * Opens a room for a host. Several hosts may open the same room: each gets all events, and the answers to
   * its own requests.
   *
   * @returns `null` only if the room does not exist: its clients then give up.
   * @throws {Error} if the room cannot be opened now: its clients then try again.
   */
  open(room: string, host: Host): Promise<EngineRoom | null>;
  /** Commits all submitted requests, delivers their outputs, and releases all resources. */
  close(): Promise<void>;
}

/** One host's access to an open room. */
export interface EngineRoom {
  /** Submits a request. The room applies and answers requests in the order of the calls. */
  submit(request: Request): void;
  /** Ends the access. The host gets no more outputs, and the engine still commits its requests. */
  close(): void;
}

/** The owner of connections that are in a room. */
export interface Host {
  /**
   * Receives the room's outputs since the last call, in the room's order. `lost` is the last output of all:
   * the engine has lost the room. The host then closes its connections, and the clients reconnect.
   */
  deliver(outputs: readonly Output[]): void;
}
