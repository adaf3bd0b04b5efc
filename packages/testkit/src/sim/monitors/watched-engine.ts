import {
  type Engine,
  type EngineRoom,
  Refusal,
  type RoomEvents,
} from "../../../../driftdb-server/src/engine/engine.js";
import type { Machine } from "../network/virtual-clock.js";
import type { HoldLedger } from "./hold-ledger.js";
import { note } from "./ledger.js";

/** An engine that tells the ledger of holds what it tells its rooms, as long as its machine is there. */
export class WatchedEngine implements Engine {
  readonly #engine: Engine;
  readonly #holds: HoldLedger;
  readonly #machine: Machine;

  constructor(engine: Engine, holds: HoldLedger, machine: Machine) {
    this.#engine = engine;
    this.#holds = holds;
    this.#machine = machine;
  }

  create(room: string): Promise<void> {
    return this.#engine.create(room);
  }

  exists(room: string): Promise<boolean> {
    return this.#engine.exists(room);
  }

  async open(id: string, events: RoomEvents): Promise<EngineRoom | null> {
    const holds = this.#holds;
    const term = holds.opened();
    const look = (what: () => void) => this.#machine.alive && note(what);
    const room = await this.#engine.open(id, {
      flush: () => events.flush(),
      message: (broadcast) => {
        const { key, from, value, seq, was } = broadcast;
        if (from !== undefined) look(() => holds.held(term, { key, from, value: value.value, seq, was }));
        events.message(broadcast);
      },
      released: (release) => {
        look(() => holds.released(term, release));
        events.released(release);
      },
      compacted: (key) => events.compacted(key),
    });
    if (!room) return null;
    const hello = room.hello.bind(room);
    room.hello = (cid, name, done) =>
      hello(cid, name, (info) => {
        if (!(info instanceof Refusal)) look(() => holds.named(term, info.term));
        done(info);
      });
    return room;
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
