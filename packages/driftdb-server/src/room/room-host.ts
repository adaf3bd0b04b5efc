import { CloseCode, type Key } from "driftdb-protocol";
import type { Broadcast, EngineRoom, Release, RoomEvents } from "../engine/engine.js";
import { Frame } from "../wire/frame.js";
import { BroadcastFrames } from "./broadcast-frames.js";
import { HoldCoalescer } from "./hold-coalescer.js";
import { publicName } from "./public-name.js";

/** How long a session lasts without a connection, in ms (S9): after a close with 1001, and after any other loss … */
const MAY_RELOAD = 2_000;
const GRACE = 15_000;
/** … and until it is tried again, if it could not be ended. */
const RETRY = 1_000;

/** Somebody who is told of what happens in a room, in order. */
export interface Member {
  message(announcement: BroadcastFrames): void;
  /** What sessions alone are told: of a release (S9), or of holds that they were not told of before (D23). */
  held(frame: Frame): void;
  /** A compaction was applied, which is not broadcast (M3). */
  compacted(key: Key): void;
}

/** A connection of a session, which another one of the same `cid` takes over (S10). */
export interface SessionMember extends Member {
  takenOver(): void;
}

/** One open room: who is in it. */
export class RoomHost implements RoomEvents {
  /** Who is told of everything, and who of one key. */
  readonly #members = new Set<Member>();
  readonly #listeners = new Map<Key, Set<Member>>();
  readonly #sessions = new Map<string, SessionMember>();
  /** The sessions that are over soon, by `cid`. */
  readonly #ending = new Map<string, NodeJS.Timeout>();
  readonly #batch = new HoldCoalescer((key, frame) => this.#tellHeld(key, frame));
  #engine: EngineRoom | undefined;

  /** @param engine the room as the engine has opened it for this host's events. */
  attach(engine: EngineRoom): this {
    this.#engine = engine;
    return this;
  }

  /** Where the room's messages go, and come from. */
  get engine(): EngineRoom {
    if (!this.#engine) throw new Error("the room is not open");
    return this.#engine;
  }

  /** From now on the member is told of everything (P2). */
  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  /** From now on the member is told of one key's broadcasts, once each (S2). @returns whether it was not before. */
  listen(key: Key, member: Member): boolean {
    if (this.listens(key, member)) return false;
    const listeners = this.#listeners.get(key);
    if (listeners) listeners.add(member);
    else this.#listeners.set(key, new Set([member]));
    return true;
  }

  /** @returns whether it was told of them until now. */
  unlisten(key: Key, member: Member): boolean {
    const listeners = this.#listeners.get(key);
    if (!listeners?.delete(member)) return false;
    if (listeners.size === 0) this.#listeners.delete(key);
    return true;
  }

  listens(key: Key, member: Member): boolean {
    return this.#listeners.get(key)?.has(member) ?? false;
  }

  /** The session has a connection, in place of the one that it had until now (S10). */
  joinSession(cid: string, member: SessionMember): void {
    this.#sessions.get(cid)?.takenOver();
    this.#sessions.set(cid, member);
    this.#keep(cid);
  }

  /** Whether the session has a connection. */
  hasSession(cid: string): boolean {
    return this.#sessions.has(cid);
  }

  /** The connection was closed with a code, which says how long the session lasts without it (S9). */
  leaveSession(cid: string, member: SessionMember, code: number): void {
    if (this.#sessions.get(cid) !== member) return;
    this.#sessions.delete(cid);
    // A client whose session is out of step starts a new one.
    if (code === CloseCode.normal || code === CloseCode.outOfStep) this.#end(cid);
    else this.#endIn(code === CloseCode.goingAway ? MAY_RELOAD : GRACE, cid);
  }

  close(): void {
    this.#engine?.close();
    this.#batch.close();
    // Only now: what the engine does at the end may have failed, and be to be tried again.
    for (const cid of this.#ending.keys()) this.#keep(cid);
  }

  #keep(cid: string): void {
    clearTimeout(this.#ending.get(cid));
    this.#ending.delete(cid);
  }

  #endIn(ms: number, cid: string): void {
    this.#ending.set(cid, setTimeout(() => this.#end(cid), ms).unref());
  }

  /** What a session held is let go. */
  #end(cid: string): void {
    this.#ending.delete(cid);
    this.engine.release(publicName(cid), null, (refusal) => {
      // It may have come back by now, and gone again.
      if (refusal && !this.#sessions.has(cid) && !this.#ending.has(cid)) this.#endIn(RETRY, cid);
    });
  }

  flush(): void {
    this.#batch.flush();
  }

  message(broadcast: Broadcast): void {
    const isLate = broadcast.from !== undefined && this.#batch.add(broadcast);
    const announcement = new BroadcastFrames(broadcast, isLate);
    for (const member of this.#members) member.message(announcement);
    // They are sessions.
    if (isLate) return;
    const listeners = this.#listeners.get(broadcast.key);
    if (listeners) for (const member of listeners) member.message(announcement);
    if (broadcast.from !== undefined) broadcast.value.settle();
  }

  released(release: Release): void {
    this.#tellHeld(release.key, Frame.of({ type: "release", ...release }));
  }

  compacted(key: Key): void {
    for (const member of this.#members) member.compacted(key);
  }

  #tellHeld(key: Key, frame: Frame): void {
    for (const member of this.#members) member.held(frame);
    const listeners = this.#listeners.get(key);
    if (listeners) for (const member of listeners) member.held(frame);
  }
}
