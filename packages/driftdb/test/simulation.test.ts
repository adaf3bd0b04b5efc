import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DbConnection } from "../src/connection/db-connection.js";
import { MessageList } from "../src/stores/message-list.js";
import { Reducer } from "../src/stores/reducer.js";
import { StateListener } from "../src/stores/state-listener.js";
import { type Endpoint, ModelRoom } from "./model-room.js";
import { turn } from "./page.js";

const URL = "ws://model/room/r/connect";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What one listener was given, and what it should have been. */
class Recorder {
  readonly appended: unknown[] = [];
  #seq = 0;
  undo = () => {};

  constructor(readonly replay: boolean) {}

  readonly listen = ({ value, seq }: { value: unknown; seq: number }) => {
    expect(seq).toBeGreaterThan(this.#seq);
    this.#seq = seq;
    if (typeof value === "string") this.appended.push(value);
  };

  /** It has all that was appended, or, without replay, all from some moment on. */
  check(all: { value: unknown }[]): void {
    const due = this.replay ? all : all.slice(all.length - this.appended.length);
    expect(this.appended).toEqual(due.map(({ value }) => value));
  }
}

/** What the messages of the key "mixed" fold to. */
function fold(words: string[], value: unknown): string[] {
  const { add, all } = value as { add?: string; all?: string[] };
  return all ?? [...words, add as string];
}

/** A listener of one's own that honours resets (I10). */
class Mirror {
  words: string[] = [];
  #seq = 0;

  constructor(db: DbConnection) {
    db.subscribe("mixed", this.#listen, undefined, { onReset: this.#reset });
  }

  readonly #listen = ({ value, seq }: { value: unknown; seq: number }) => {
    expect(seq).toBeGreaterThan(this.#seq);
    this.#seq = seq;
    this.words = fold(this.words, value);
  };

  readonly #reset = () => {
    this.words = [];
    this.#seq = 0;
  };
}

/** One page: a connection, and what stands on it. */
class Page {
  readonly endpoint: Endpoint;
  readonly db: DbConnection;
  readonly errors: unknown[] = [];
  readonly recorders: Recorder[] = [];
  readonly reducer: Reducer<string[], string>;
  readonly state: StateListener<string>;
  readonly sent: string[] = [];
  readonly dispatched: string[] = [];
  readonly mirror: Mirror;
  readonly list: MessageList<unknown>;
  #count = 0;

  constructor(
    readonly room: ModelRoom,
    readonly name: string,
    sizeThreshold: number,
  ) {
    this.endpoint = room.endpoint();
    this.db = new DbConnection({ websocketConstructor: this.endpoint.WebSocket });
    this.db.errorListener.addListener((error) => this.errors.push(error));
    const { db } = this;
    const reducer = (state: string[], action: string) => Object.freeze([...state, action]) as string[];
    this.reducer = new Reducer({ db, key: "reducer", reducer, initialValue: [], sizeThreshold });
    this.state = new StateListener({ db, key: "state" });
    this.mirror = new Mirror(db);
    this.list = new MessageList({ db, key: "mixed" });
    this.list.subscribe();
    this.reducer.subscribe();
    this.state.subscribe();
    void this.db.connect(URL);
  }

  get socket() {
    return this.endpoint.socket;
  }

  next(): string {
    return `${this.name}${this.#count++}`;
  }
}

type Step =
  | { do: "mix"; how: "append" | "replace" | "compact"; at: number }
  | { do: "append" | "relay" | "dispatch" | "set" | "get" | "leave" | "stall" | "toggle"; page: number }
  | { do: "join"; page: number; replay: boolean }
  | { do: "up" | "down"; page: number; frames: number }
  | { do: "cut"; page: number; through: number }
  | { do: "wait"; ms: number };

const page = fc.nat(2);
const steps = (compaction: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("append" as const), page }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("dispatch" as const), page }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("set" as const), page }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("relay" as const, "get" as const), page }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("mix" as const),
          how: fc.constantFrom("append" as const, "append" as const, "replace" as const, "compact" as const),
          at: fc.nat(10),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), page, replay: fc.boolean() }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constantFrom("leave" as const, "toggle" as const, "stall" as const),
          page,
        }),
      },
      {
        weight: 14,
        arbitrary: fc.record({
          do: fc.constantFrom("up" as const, "down" as const),
          page,
          frames: fc.integer({ min: 1, max: 5 }),
        }),
      },
      {
        weight: compaction ? 2 : 3,
        arbitrary: fc.record({ do: fc.constant("cut" as const), page, through: fc.nat(3) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("wait" as const),
          ms: fc.oneof(fc.nat(1_500), fc.nat(30_000)),
        }),
      },
    ),
    { maxLength: 120, size: "max" },
  );

class World {
  readonly room = new ModelRoom();

  readonly pages: Page[];

  constructor(sizeThreshold: number) {
    // Few, so that queues build up.
    this.room.inFlight = 4;
    this.pages = ["a", "b", "c"].map((name) => new Page(this.room, name, sizeThreshold));
  }

  /** Somebody else, who compacts where it likes, but never to anything else than what is there. */
  #mix(how: string, at: number): void {
    const { room } = this;
    const stream = room.stream("mixed");
    const word = `m${room.seq}`;
    if (how === "append") room.push("mixed", { add: word });
    else if (how === "replace") room.push("mixed", { all: [word] }, "replace");
    else {
      const seq = room.seq - at;
      const folded = stream.filter((item) => item.seq <= seq).map(({ value }) => value);
      room.compact("mixed", seq, { all: folded.reduce(fold, [] as string[]) });
    }
  }

  run(step: Step): void {
    this.#do(step);
    // Nothing is there twice at any time (I8).
    for (const { reducer } of this.pages) {
      const view = reducer.getSnapshot();
      expect(view).toEqual([...new Set(view)]);
    }
  }

  #do(step: Step): void {
    if (step.do === "mix") {
      this.#mix(step.how, step.at);
      return;
    }
    if (step.do === "wait") {
      vi.advanceTimersByTime(step.ms);
      return;
    }
    const page = this.pages[step.page] as Page;
    const { db, socket, room } = page;
    switch (step.do) {
      case "append":
      case "relay": {
        const value = step.do === "append" ? page.next() : { relayed: page.next() };
        if (step.do === "append") page.sent.push(value as string);
        db.send({ type: "push", key: "log", value, action: { type: step.do } });
        break;
      }
      case "dispatch": {
        const action = page.next();
        page.dispatched.push(action);
        page.reducer.dispatch(action);
        break;
      }
      case "set":
        page.state.setStateOptimistic(page.next());
        break;
      case "get":
        db.send({ type: "get", key: "log" });
        break;
      case "join": {
        const recorder = new Recorder(step.replay);
        recorder.undo = db.subscribe("log", recorder.listen, undefined, { replay: step.replay });
        page.recorders.push(recorder);
        break;
      }
      case "leave":
        page.recorders.shift()?.undo();
        break;
      case "toggle":
        if (db.status.reason === "disconnected") void db.connect(URL);
        else db.disconnect();
        break;
      case "stall":
        if (socket) socket.stalled = true;
        break;
      case "up":
        if (socket?.state === "connecting") socket.open();
        for (let i = 0; i < step.frames; i++) if (socket) room.receive(socket);
        break;
      case "down":
        for (let i = 0; i < step.frames; i++) if (socket) room.deliver(socket);
        break;
      case "cut":
        if (socket && socket.state !== "closed") socket.cut(step.through);
        break;
    }
  }

  /** Everybody is connected again, and all that was on the way has arrived. */
  async settle(): Promise<void> {
    for (const { db } of this.pages) if (db.status.reason === "disconnected") void db.connect(URL);
    for (let i = 0; i < 40; i++) {
      this.room.flow();
      vi.advanceTimersByTime(1_000);
    }
    for (const { db } of this.pages) {
      expect(db.status).toEqual({ connected: true });
      expect(db.sync.getSnapshot()).toMatchObject({ pending: 0, state: "synced" });
    }
    await turn();
    const folded = (messages: readonly { value: unknown }[]) =>
      messages.map(({ value }) => value).reduce(fold, [] as string[]);
    const words = folded(this.room.stream("mixed"));
    for (const { mirror, list } of this.pages) {
      expect(mirror.words).toEqual(words);
      expect(folded(list.getSnapshot())).toEqual(words);
    }
  }

  end(): void {
    for (const { db } of this.pages) db.disconnect();
    vi.clearAllTimers();
  }

  /** What of the room's history a page has sent under a key, in the room's order. */
  arrived(key: string, name: string): unknown[] {
    return this.room.history
      .filter((message) => message.key === key && message.action === "append")
      .map(({ value }) => (typeof value === "string" ? value : (value as { apply: string }).apply))
      .filter((value) => value.startsWith(name));
  }
}

describe("through any cuts and reconnects", () => {
  it("without compaction, each message arrives and is delivered once, in order (I3, I7, I9)", async () => {
    await fc.assert(
      fc.asyncProperty(steps(false), async (steps) => {
        const world = new World(1e9);
        for (const step of steps) world.run(step);
        await world.settle();

        const { room, pages } = world;
        const log = room.history.filter(({ key, action }) => key === "log" && action === "append");
        const folded = room.history
          .filter(({ key }) => key === "reducer")
          .map(({ value }) => (value as { apply: string }).apply);
        for (const { name, sent, dispatched, recorders, reducer, errors } of pages) {
          expect(world.arrived("log", name)).toEqual(sent);
          expect(world.arrived("reducer", name)).toEqual(dispatched);
          for (const recorder of recorders) recorder.check(log);
          expect(reducer.getSnapshot()).toEqual(folded);
          expect(errors).toEqual([]);
        }
        const last = room.stream("state").at(-1)?.value as { v: string } | undefined;
        for (const { state } of pages) expect(state.getSnapshot()).toBe(last?.v);
        world.end();
      }),
      { numRuns: Number(process.env.RUNS ?? 300) },
    );
  });

  it("with compaction, no action is lost, and all clients agree (I6, I9, I11)", async () => {
    await fc.assert(
      fc.asyncProperty(steps(true), async (steps) => {
        const world = new World(3);
        for (const step of steps) world.run(step);
        await world.settle();

        const { room, pages } = world;
        const folded = room.history
          .filter(({ key }) => key === "reducer")
          .map(({ value }) => (value as { apply: string }).apply);
        for (const { name, dispatched, reducer, errors } of pages) {
          expect(world.arrived("reducer", name)).toEqual(dispatched);
          expect(reducer.getSnapshot()).toEqual(folded);
          expect(errors).toEqual([]);
        }
        // A late joiner agrees, too.
        const late = new Page(world.room, "late", 3);
        world.room.flow();
        expect(late.reducer.getSnapshot()).toEqual(folded);
        const compactions = world.room.received.filter(
          (m) => m.type === "push" && m.action.type === "compact",
        );
        expect(compactions.length).toBeLessThanOrEqual(folded.length + 1);
        late.db.disconnect();
        world.end();
      }),
      { numRuns: Number(process.env.RUNS ?? 300) },
    );
  });
});
