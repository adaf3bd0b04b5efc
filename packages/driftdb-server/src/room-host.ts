import type { Key } from "driftdb-protocol";
import { Announcement } from "./announcement.js";
import type { Broadcast, EngineRoom, RoomEvents } from "./engines/engine.js";

/** Somebody who is told of what happens in a room, in order. */
export interface Member {
  message(announcement: Announcement): void;
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

  /** From now on the member is told of one key's broadcasts, once each (S2). */
  listen(key: Key, member: Member): void {
    const listeners = this.#listeners.get(key);
    if (listeners) listeners.add(member);
    else this.#listeners.set(key, new Set([member]));
  }

  unlisten(key: Key, member: Member): void {
    const listeners = this.#listeners.get(key);
    if (listeners?.delete(member) && listeners.size === 0) this.#listeners.delete(key);
  }

  /** The session has a connection, in place of the one that it had until now (S10). */
  joinSession(cid: string, member: SessionMember): void {
    this.#sessions.get(cid)?.takenOver();
    this.#sessions.set(cid, member);
  }

  leaveSession(cid: string, member: SessionMember): void {
    if (this.#sessions.get(cid) === member) this.#sessions.delete(cid);
  }

  close(): void {
    this.#engine?.close();
  }

  message(broadcast: Broadcast): void {
    const announcement = new Announcement(broadcast);
    for (const member of this.#members) member.message(announcement);
    const listeners = this.#listeners.get(broadcast.key);
    if (listeners) for (const member of listeners) member.message(announcement);
  }

  compacted(key: Key): void {
    for (const member of this.#members) member.compacted(key);
  }
}
