import { expect, it } from "vitest";
import { Reducer } from "../src/stores/reducer.js";
import { append, startServer, TestClient, until } from "./harness.js";

const CLIENTS = 10;
const ROUNDS = 10;
const ACTIONS = 200;

/** A counter for each client: actions that are lost or doubled show. */
type Counts = Record<string, number>;

function counter(client: TestClient, sizeThreshold?: number) {
  const reducer = new Reducer<Counts, string>({
    db: client.db,
    key: "counts",
    reducer: (state, name) => ({ ...state, [name]: (state[name] ?? 0) + 1 }),
    initialValue: {},
    sizeThreshold,
  });
  reducer.subscribe();
  return reducer;
}

it("S8 after bursts of actions by many clients, all have the same state, and few compactions were sent", async () => {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const clients = Array.from({ length: CLIENTS }, () => new TestClient());
  const reducers = clients.map((client) => counter(client));
  await Promise.all(clients.map(({ db }) => db.connect(socket_url)));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, reducer] of reducers.entries()) {
      for (let action = 0; action < ACTIONS; action++) reducer.dispatch(`c${i}`);
    }
    await until(() => clients.every(({ db }) => db.sync.getSnapshot().pending === 0));
  }
  const all = Object.fromEntries(clients.map((_, i) => [`c${i}`, ROUNDS * ACTIONS]));
  const hasAll = (reducer: Reducer<Counts, string>) =>
    Object.values(reducer.getSnapshot()).reduce((sum, count) => sum + count, 0) >= CLIENTS * ROUNDS * ACTIONS;
  // One's own are acknowledged before the others' have come.
  await until(() => reducers.every(hasAll));
  for (const reducer of reducers) expect(reducer.getSnapshot()).toEqual(all);

  const late = new TestClient();
  const view = counter(late);
  await late.db.connect(socket_url);
  await until(() => hasAll(view));
  expect(view.getSnapshot()).toEqual(all);

  const compactions = () =>
    clients.flatMap(({ sent }) =>
      sent.filter(({ action }) => (action as { type?: string } | undefined)?.type === "compact"),
    );
  await until(() => compactions().length > 0);
  expect(compactions().length).toBeLessThanOrEqual((3 * CLIENTS * ROUNDS * ACTIONS) / 1_000);
  for (const { errors } of clients) expect(errors).toEqual([]);
}, 240_000);

// More than a key may retain (10,000): what waits to be sent must not keep the compaction from going out.
it.each([
  [1, 25_000, 30],
  [5, 5_000, 30],
  [15, 2_000, 30],
  [1, 25_000, 1_000],
  [15, 2_000, 1_000],
])(
  "S8 %i clients' %i actions of one turn each are all taken, with a threshold of %i",
  async (count, actions, sizeThreshold) => {
    const { api } = await startServer();
    const { socket_url } = await api.newRoom();
    const clients = Array.from({ length: count }, () => new TestClient());
    const reducers = clients.map((client) => counter(client, sizeThreshold));
    await Promise.all(clients.map(({ db }) => db.connect(socket_url)));
    for (const reducer of reducers) for (let action = 0; action < actions; action++) reducer.dispatch("all");
    const settled = ({ db }: TestClient) => db.sync.getSnapshot().pending === 0;
    const seen = (reducer: Reducer<Counts, string>) => reducer.getSnapshot().all === count * actions;
    await until(
      () => clients.every(settled) && (reducers.every(seen) || clients.some(({ errors }) => errors.length)),
    );
    expect(clients.flatMap(({ errors }) => errors)).toEqual([]);
    expect(reducers.map((reducer) => reducer.getSnapshot())).toEqual(
      clients.map(() => ({ all: count * actions })),
    );
  },
  60_000,
);

it("S8 the first client whose action is refused compacts a stream that others have filled", async () => {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const other = new TestClient();
  await other.db.connect(socket_url);
  for (let i = 0; i < 10_000; i++) void other.db.send(append("counts", { apply: "theirs" }));
  await until(() => other.db.sync.getSnapshot().pending === 0);

  const client = new TestClient();
  const reducer = counter(client);
  await client.db.connect(socket_url);
  await until(() => reducer.getSnapshot().theirs === 10_000);
  reducer.dispatch("refused");
  await until(() => client.errors.length > 0);
  expect(client.errors).toEqual([expect.objectContaining({ code: "stream_full" })]);
  await until(() => client.db.sync.getSnapshot().pending === 0);
  reducer.dispatch("taken");
  await until(() => client.db.sync.getSnapshot().pending === 0);
  expect([reducer.getSnapshot(), client.errors.length]).toEqual([{ theirs: 10_000, taken: 1 }, 1]);
}, 60_000);
