import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CLIENT, CLIENT_1_0_12, type Client } from "./published.js";
import { World } from "./world.js";

/**
 * What went wrong with driftdb@1.0.12 (reliability.md, "Regressions"). Each test runs with this package,
 * where it has to pass, and with the published one, where it has to fail: so that it is known to notice.
 */
let world: World;

beforeEach(async () => {
  world = await World.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await world.end();
});

/** @param failure how 1.0.12 fails: at the assertion that matters, not on the way to it. */
function regression(title: string, failure: RegExp, scenario: (client: Client) => Promise<void>): void {
  describe(title, () => {
    it("is fixed", () => scenario(CLIENT));
    it("fails with 1.0.12", async () => {
      await expect(scenario(CLIENT_1_0_12)).rejects.toThrow(failure);
    });
  });
}

const append = (key: string, value: unknown) =>
  ({ type: "push", key, value, action: { type: "append" } }) as const;

regression(
  "after a reconnect it is deaf to what was sent meanwhile",
  /^expected \[ 'live' \] to deeply equal \[ 'missed', 'live' \]/,
  async (client) => {
    const db = await world.connect(client);
    const seen: unknown[] = [];
    db.subscribe("k", ({ value }) => seen.push(value));
    await world.answered(db);

    world.proxy.refuse();
    await world.cut(db);
    await world.push("k", "missed");
    world.proxy.refuse(false);
    await expect.poll(() => db.status.connected, { timeout: 5_000 }).toBe(true);
    await world.push("k", "live");
    await expect.poll(() => seen).toContain("live");
    expect(seen).toEqual(["missed", "live"]);
  },
);

regression(
  "?cbor=true is appended once more at each reconnect",
  /^expected \[ 1, 2 \] to deeply equal \[ 1, 1 \]/,
  async (client) => {
    const db = await world.connect(client, true);
    world.proxy.reset();
    await expect.poll(() => world.urls.length, { timeout: 5_000 }).toBe(2);
    await expect.poll(() => db.status.connected, { timeout: 5_000 }).toBe(true);
    expect(world.urls.map((url) => url.split("cbor=true").length - 1)).toEqual([1, 1]);
  },
);

regression("unsubscribe removes nothing", /^expected \[ 1 \] to deeply equal \[\]/, async (client) => {
  const db = await world.connect(client);
  const removed: unknown[] = [];
  const kept: unknown[] = [];
  const listener = ({ value }: { value: unknown }) => removed.push(value);
  db.subscribe("k", listener);
  db.subscribe("k", ({ value }) => kept.push(value));
  db.unsubscribe("k", listener);
  await world.answered(db);
  await world.push("k", 1);
  await expect.poll(() => kept).toContain(1);
  expect(removed).toEqual([]);
});

regression(
  "a second listener makes the first see the history twice",
  /^expected \[ 1, 2, 1, 2 \] to deeply equal \[ 1, 2 \]/,
  async (client) => {
    await world.push("k", 1);
    await world.push("k", 2);
    const db = await world.connect(client);
    const first: unknown[] = [];
    const second: unknown[] = [];
    db.subscribe("k", ({ value }) => first.push(value));
    await expect.poll(() => first).toEqual([1, 2]);
    db.subscribe("k", ({ value }) => second.push(value));
    await expect.poll(() => second).toEqual([1, 2]);
    expect(first).toEqual([1, 2]);
  },
);

regression(
  "two concurrent setStateOptimistic leave two clients swapped for ever",
  /^expected '(a|b)' to be '(a|b)'/,
  async (client) => {
    const sides: { shown: unknown; pushes: number; set: () => void }[] = [];
    for (const own of ["a", "b"]) {
      const db = await world.connect(client);
      const side = { shown: undefined as unknown, pushes: 0, set: () => {} };
      const state = new client.StateListener({
        db,
        key: "k",
        callback: (value) => {
          side.shown = value;
        },
      });
      side.set = () => state.setStateOptimistic(own);
      db.messageListener.addListener(({ type }) => {
        if (type === "push") side.pushes++;
      });
      state.subscribe();
      await world.answered(db);
      sides.push(side);
    }
    for (const { set } of sides) set();
    await expect.poll(() => sides.map(({ pushes }) => pushes)).toEqual([2, 2]);
    expect(sides[0]?.shown).toBe(sides[1]?.shown);
  },
);

regression(
  "an unconfirmed action vanishes when a remote one lands first",
  /^expected \[ 2 \] to deeply equal \[ 2, 1 \]/,
  async (client) => {
    const db = await world.connect(client);
    let shown: number[] = [];
    const reducer = new client.Reducer({
      db,
      key: "k",
      reducer: (state, action) => [...state, action],
      initialValue: [],
      callback: (state) => {
        shown = state;
      },
    });
    reducer.subscribe();
    await world.answered(db);

    world.proxy.stall("up");
    reducer.dispatch(1);
    await world.push("k", { apply: 2, i: "somebody else" });
    await expect.poll(() => shown).toContain(2);
    expect(shown).toEqual([2, 1]);
  },
);

regression(
  "200 dispatches in a tick send 199 compactions",
  /^expected \d{3} to be less than or equal to 3/,
  async (client) => {
    const db = await world.connect(client);
    let shown: number[] = [];
    const reducer = new client.Reducer({
      db,
      key: "k",
      reducer: (state, action) => [...state, action],
      initialValue: [],
      callback: (state) => {
        shown = state;
      },
    });
    reducer.subscribe();
    const actions = Array.from({ length: 200 }, (_, index) => index);
    for (const action of actions) reducer.dispatch(action);
    const compactions = () =>
      world.frames.filter((frame) => frame.type === "push" && frame.action.type === "compact").length;
    await expect.poll(compactions, { timeout: 5_000 }).toBeGreaterThan(0);
    await world.answered(db);
    await world.answered(db);
    expect(shown).toEqual(actions);
    expect(compactions()).toBeLessThanOrEqual(3);
  },
);

regression("connect() twice makes two sockets fight", /^expected 2 to be 1/, async (client) => {
  const db = world.db(new client.DbConnection());
  const { socket_url } = world.room;
  const first = db.connect(socket_url);
  first.catch(() => {});
  await db.connect(socket_url);
  expect(world.urls.length).toBe(1);
  await first;
});

regression("disconnect() during the retry delay dials again", /^expected 2 to be 1/, async (client) => {
  const db = await world.connect(client);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await world.cut(db);
  db.disconnect();
  vi.advanceTimersByTime(60_000);
  expect(world.urls.length).toBe(1);
});

regression(
  "a latency test that is cut short never ends",
  /^expected 'pending' to be null/,
  async (client) => {
    const db = await world.connect(client);
    const seen: unknown[] = [];
    db.subscribe("k", ({ value }) => seen.push(value));
    await world.answered(db);
    world.proxy.stall();
    const latency = db.testLatency();
    const cut = world.cut(db);
    world.proxy.resume();
    await cut;
    await expect.poll(() => db.status.connected, { timeout: 5_000 }).toBe(true);
    await world.push("k", "after");
    await expect.poll(() => seen).toEqual(["after"]);
    expect(await Promise.race([latency, Promise.resolve("pending")])).toBe(null);
  },
);

regression(
  "a message sent on a half-dead socket is lost",
  /^expected \[ 'after' \] to deeply equal \[ 'half-dead', 'after' \]/,
  async (client) => {
    const db = await world.connect(client);
    world.proxy.stall();
    db.send(append("k", "half-dead"));
    const cut = world.cut(db);
    world.proxy.resume();
    await cut;
    await expect.poll(() => db.status.connected, { timeout: 5_000 }).toBe(true);
    db.send(append("k", "after"));
    await expect.poll(() => world.retained("k")).toContain("after");
    expect(await world.retained("k")).toEqual(["half-dead", "after"]);
  },
);

regression(
  "a retry that fails is an unhandled rejection",
  /^expected \[ ErrorEvent.* to deeply equal \[\]/,
  async (client) => {
    const db = await world.connect(client);
    world.proxy.refuse();
    world.proxy.reset();
    await expect.poll(() => world.urls.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    db.disconnect();
    expect(world.rejections).toEqual([]);
  },
);

regression(
  "{value: undefined} is sent, and kills the connection",
  /^expected function to throw an error, but it didn't/,
  async (client) => {
    const db = await world.connect(client);
    const send = () => db.send(append("k", undefined));
    expect(send).toThrow(expect.objectContaining({ code: "bad_value" }));
    db.send(append("k", "alive"));
    await expect.poll(() => world.retained("k")).toEqual(["alive"]);
    expect(world.frames.filter((frame) => "key" in frame).length).toBe(1);
  },
);

regression("the debounce needs `window`", /window is not defined/, async (client) => {
  const db = await world.connect(client);
  const state = new client.StateListener({ db, key: "k", callback: () => {} });
  state.subscribe();
  const set = () => {
    state.setStateOptimistic(1);
    state.setStateOptimistic(2);
  };
  expect(set).not.toThrow();
  await expect.poll(() => world.retained("k")).toEqual([expect.objectContaining({ v: 2 })]);
});

regression("an unknown room is no error", /^expected 'a room' to be 'http_404'/, async ({ Api }) => {
  const result = new Api(world.serverUrl).getRoom("no-such-room").then(
    () => "a room",
    (error: Error & { code?: string }) => error.code,
  );
  expect(await result).toBe("http_404");
});
