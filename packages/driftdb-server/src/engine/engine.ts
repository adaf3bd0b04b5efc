import type * as Core from "../core/output.js";
import type * as CoreRequest from "../core/request.js";
import type { Payload } from "./payload.js";

/** What a host asks of a room. */
export type Request = CoreRequest.RoomRequest<Payload>;

/** What leaves a room, in one order: what happened in it, and what became of requests. */
export type Output = Core.RoomOutput<Payload>;
export type Answer = Core.RoomAnswer<Payload>;
export type RoomMessage = Core.MessageEvent<Payload>;
export type RoomHold = Core.HeldEvent<Payload>;
export type KeyHistory = Core.History<Payload>;

/**
 * Where rooms live. An engine takes the requests of all hosts in one order, applies the room's rules to them (`core/`),
 * and keeps M5: outputs are delivered once what they say has been committed.
 */
export interface Engine {
  /** Makes an empty room. Resolves once it would survive a crash. */
  create(room: string): Promise<void>;
  /** Whether there is such a room. */
  exists(room: string): Promise<boolean>;
  /**
   * Opens a room for a host; `null` if there is none of that id. Several hosts may have the same room open: each is
   * delivered all events, and the answers to its own requests.
   */
  open(room: string, host: Host): Promise<EngineRoom | null>;
  /** Commits what was submitted, delivers it, and lets go of everything. */
  close(): Promise<void>;
}

/** A room as one host has it open. */
export interface EngineRoom {
  /** Takes a request. It takes effect, and is answered, in the order of the calls. */
  submit(request: Request): void;
  /** The host is done with the room: it is delivered nothing any more. What it submitted is committed. */
  close(): void;
}

/** Who has a room open, and who is in it. */
export interface Host {
  /**
   * Takes what has left the room since the last call, in the room's order. A `lost` is the last output of all: the
   * engine has let go of the room, and the host's connections must be closed, to come back.
   */
  deliver(outputs: readonly Output[]): void;
}
