import type { Key } from "driftdb-protocol";
import type { EngineRoom, Host, Output, Request, RoomHold, RoomMessage } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import { type Clock, systemClock } from "../schedule/clock.js";
import { BroadcastFrames } from "./broadcast-frames.js";
import { HoldCoalescer } from "./hold-coalescer.js";
import type { Asker, Member } from "./member.js";

/** An open room of this server: its connections, and the keys that they listen to. */
export class RoomHost implements Host {
  readonly #connections = new Set<Asker>();
  /** The connections that receive all broadcasts. */
  readonly #members = new Set<Member>();
  /** The connections that receive the broadcasts of one key. */
  readonly #listeners = new Map<Key, Set<Member>>();
  readonly #coalescer: HoldCoalescer;
  readonly #onLost: () => void;
  /** The connections to flush at the end of `deliver`. */
  #toFlush: Member[] = [];
  #engine: EngineRoom | undefined;

  /** @param onLost called when the room was lost, after `lost` of all connections. */
  constructor(
    readonly id: string,
    clock: Clock = systemClock,
    onLost: () => void = () => {},
  ) {
    this.#coalescer = new HoldCoalescer(clock, (key, frame) => this.#broadcastHolds(key, frame));
    this.#onLost = onLost;
  }

  /** @param engine the room that the engine opened for this host. */
  attach(engine: EngineRoom): this {
    this.#engine = engine;
    return this;
  }

  /** Passes a request to the room. The request's connection, an `Asker`, receives the answer. */
  submit(request: Request): void {
    if (!this.#engine) throw new Error("the room is not open: attach the engine's room first");
    this.#engine.submit(request);
  }

  /** Adds a connection, which may submit requests from now on. */
  enter(connection: Asker): void {
    this.#connections.add(connection);
  }

  exit(connection: Asker): void {
    this.#connections.delete(connection);
  }

  /** The member receives all broadcasts from now on (P2). */
  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  /** The member receives the broadcasts of a key from now on (S2). @returns false if it already does. */
  listen(key: Key, member: Member): boolean {
    if (this.listens(key, member)) return false;
    const listeners = this.#listeners.get(key);
    if (listeners) listeners.add(member);
    else this.#listeners.set(key, new Set([member]));
    return true;
  }

  /** @returns whether the member listened to the key. */
  unlisten(key: Key, member: Member): boolean {
    const listeners = this.#listeners.get(key);
    if (!listeners?.delete(member)) return false;
    if (listeners.size === 0) this.#listeners.delete(key);
    return true;
  }

  listens(key: Key, member: Member): boolean {
    return this.#listeners.get(key)?.has(member) ?? false;
  }

  /** Calls the member's `flush` at the end of the current `deliver`. */
  flushAfter(member: Member): void {
    this.#toFlush.push(member);
  }

  close(): void {
    this.#engine?.close();
    this.#coalescer.close();
  }

  deliver(outputs: readonly Output[]): void {
    for (const output of outputs) {
      // The room's order: holds that wait are older than this output (D23).
      if (output.type !== "held") this.#coalescer.flush();
      switch (output.type) {
        case "message":
          this.#broadcast(output);
          break;
        case "held":
          this.#broadcastHold(output);
          break;
        case "released": {
          const { key, from, seq } = output;
          this.#broadcastHolds(key, Frame.of({ type: "release", key, from, seq }));
          break;
        }
        case "compacted":
          for (const member of this.#members) member.compacted(output.key);
          break;
        case "takenOver": {
          const former = output.connection as Member;
          // All hosts of the room receive this event. Only one of them has the connection.
          if (this.#connections.has(former)) former.takenOver();
          break;
        }
        case "lost":
          this.#lose();
          break;
        case "created":
        case "removed":
          break;
        default:
          (output.request.connection as Asker).answered(output);
      }
    }
    const toFlush = this.#toFlush;
    if (toFlush.length === 0) return;
    this.#toFlush = [];
    for (const member of toFlush) member.flush();
  }

  #broadcast(event: RoomMessage): void {
    const frames = new BroadcastFrames(event);
    for (const member of this.#members) member.message(frames);
    const listeners = this.#listeners.get(event.key);
    if (listeners) for (const member of listeners) member.message(frames);
  }

  #broadcastHold(event: RoomHold): void {
    const isDeferred = this.#coalescer.add(event);
    const frames = new BroadcastFrames(event, isDeferred);
    for (const member of this.#members) member.message(frames);
    // Only sessions listen to single keys.
    if (isDeferred) return;
    const listeners = this.#listeners.get(event.key);
    if (listeners) for (const member of listeners) member.message(frames);
  }

  #broadcastHolds(key: Key, frame: Frame): void {
    for (const member of this.#members) member.held(frame);
    const listeners = this.#listeners.get(key);
    if (listeners) for (const member of listeners) member.held(frame);
  }

  #lose(): void {
    this.#coalescer.close();
    for (const connection of this.#connections) connection.lost();
    this.#onLost();
  }
}
