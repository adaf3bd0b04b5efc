import type { RoomResult } from "driftdb-protocol";
import { expect, it } from "vitest";
import { Reducer } from "../src/stores/reducer.js";
import { StateListener } from "../src/stores/state-listener.js";
import { append, startServer, TestClient, until } from "./harness.js";

/** A small generator of pseudo-random numbers, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** A client that sends in all ways there are. */
class Player extends TestClient {
  readonly reducer: Reducer<string[], string>;
  readonly state: StateListener<string>;
  readonly log: string[] = [];
  readonly sequences: number[] = [];
  readonly acked: Promise<{ seq: number }>[] = [];
  count = 0;

  constructor(
    readonly name: string,
    sizeThreshold: number,
  ) {
    super();
    const { db } = this;
    this.reducer = new Reducer<string[], string>({
      db,
      key: "reducer",
      reducer: (state, action) => [...state, action],
      initialValue: [],
      sizeThreshold,
    });
    this.state = new StateListener({ db, key: "state" });
    this.reducer.subscribe();
    this.state.subscribe();
    db.subscribe("log", ({ value, seq }) => {
      this.log.push(value as string);
      this.sequences.push(seq);
    });
  }

  play(): void {
    const word = `${this.name}${++this.count}`;
    this.reducer.dispatch(word);
    this.state.setStateOptimistic(word);
    this.acked.push(this.db.send(append("log", word)));
  }
}

const words = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);

async function join(player: TestClient, room: RoomResult): Promise<void> {
  await player.db.connect(room.socket_url);
}

it.each([
  ["without compaction", 1e9, 1],
  ["with compaction", 5, 2],
])(
  "through cuts %s, everything arrives once and in order, and all agree (I3, I7, I9)",
  async (_, threshold, seed) => {
    const next = random(seed);
    const { api } = await startServer();
    const room = await api.newRoom();
    const players = ["a", "b", "c"].map((name) => new Player(name, threshold));
    await Promise.all(players.map((player) => join(player, room)));
    for (let round = 0; round < 60; round++) {
      for (const player of players) {
        const plays = Math.floor(next() * 4);
        for (let i = 0; i < plays; i++) player.play();
        const what = next();
        if (what < 0.15) player.cut();
        else if (what < 0.2) {
          player.db.disconnect();
          void player.db.connect(room.socket_url);
        }
      }
      // At one moment or another of what is on the way.
      for (let i = 0; i < next() * 6; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => players.every(({ db }) => db.sync.getSnapshot().state === "synced"), "all is synced");
    const total = players.reduce((sum, { count }) => sum + count, 0);
    await until(() => players.every(({ log }) => log.length >= total), "all was delivered");
    await until(
      () => players.every(({ reducer }) => reducer.getSnapshot().length >= total),
      "all was folded",
    );

    const late = new Player("late", threshold);
    await join(late, room);
    await until(() => late.log.length >= total);
    const [first] = players as [Player];
    for (const player of [...players, late]) {
      expect(player.log).toEqual(first.log);
      expect(player.reducer.getSnapshot()).toEqual(first.reducer.getSnapshot());
      expect(player.state.getSnapshot()).toBe(first.state.getSnapshot());
      expect(player.sequences).toEqual([...new Set(player.sequences)].sort((a, b) => a - b));
      expect(player.errors).toEqual([]);
      const mine = (list: readonly string[]) => list.filter((word) => word.startsWith(player.name));
      expect(mine(first.log)).toEqual(words(player.name, player.count));
      expect(mine(first.reducer.getSnapshot())).toEqual(words(player.name, player.count));
      const seqs = (await Promise.all(player.acked)).map(({ seq }) => seq);
      expect(seqs).toEqual(mine(player.log).map((word) => player.sequences[player.log.indexOf(word)]));
    }
    expect(players.some(({ dialled }) => dialled.length > 3)).toBe(true);
  },
  60_000,
);
