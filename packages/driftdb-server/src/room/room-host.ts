import type { Key } from "driftdb-protocol";
import type { EngineRoom, Host, Output, Request, RoomHold, RoomMessage } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import { type Clock, systemClock } from "../schedule/clock.js";
import { BroadcastFrames } from "./broadcast-frames.js";
import { HoldCoalescer } from "./hold-coalescer.js";
import type { Asker, Member } from "./member.js";

/** One open room of this server: who is in it, and who is told of what. */
export class RoomHost implements Host {
  readonly #connections = new Set<Asker>();
  /** Who is told of everything, and who of one key. */
  readonly #members = new Set<Member>();
  readonly #listeners = new Map<Key, Set<Member>>();
  readonly #coalescer: HoldCoalescer;
  readonly #onLost: () => void;
  /** Whose acknowledgements wait for the end of `deliver`. */
  #gathering: Member[] = [];
  #engine: EngineRoom | undefined;

  /** @param onLost told when the room is gone from here, after all connections were. */
  constructor(
    readonly id: string,
    clock: Clock = systemClock,
    onLost: () => void = () => {},
  ) {
    this.#coalescer = new HoldCoalescer(clock, (key, frame) => this.#tellHeld(key, frame));
    this.#onLost = onLost;
  }

  /** @param engine the room as the engine has opened it for this host. */
  attach(engine: EngineRoom): this {
    this.#engine = engine;
    return this;
  }

  /** Asks the room for something. The answer goes to the request's connection, which is an `Asker`. */
  submit(request: Request): void {
    if (!this.#engine) throw new Error("the room is not open");
    this.#engine.submit(request);
  }

  /** The connection is here, and asks for something from now on. */
  enter(connection: Asker): void {
    this.#connections.add(connection);
  }

  exit(connection: Asker): void {
    this.#connections.delete(connection);
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

  /** Has the member's `flush` called once the outputs that are being delivered are all told. */
  flushAfter(member: Member): void {
    this.#gathering.push(member);
  }

  close(): void {
    this.#engine?.close();
    this.#coalescer.close();
  }

  deliver(outputs: readonly Output[]): void {
    for (const output of outputs) {
      // Holds that were put off come before everything else (D23).
      if (output.type !== "held") this.#coalescer.flush();
      switch (output.type) {
        case "message":
          this.#broadcast(output);
          break;
        case "held":
          this.#hold(output);
          break;
        case "released": {
          const { key, from, seq } = output;
          this.#tellHeld(key, Frame.of({ type: "release", key, from, seq }));
          break;
        }
        case "compacted":
          for (const member of this.#members) member.compacted(output.key);
          break;
        case "takenOver": {
          const former = output.connection as Member;
          // Every host of the room is delivered it, and one of them has the connection.
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
    const gathering = this.#gathering;
    if (gathering.length === 0) return;
    this.#gathering = [];
    for (const member of gathering) member.flush();
  }

  #broadcast(event: RoomMessage): void {
    const frames = new BroadcastFrames(event);
    for (const member of this.#members) member.message(frames);
    const listeners = this.#listeners.get(event.key);
    if (listeners) for (const member of listeners) member.message(frames);
  }

  #hold(event: RoomHold): void {
    const isLate = this.#coalescer.add(event);
    const frames = new BroadcastFrames(event, isLate);
    for (const member of this.#members) member.message(frames);
    // They are sessions.
    if (isLate) return;
    const listeners = this.#listeners.get(event.key);
    if (listeners) for (const member of listeners) member.message(frames);
  }

  #tellHeld(key: Key, frame: Frame): void {
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
