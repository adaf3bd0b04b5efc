// The real client with a reducer and the room in one process, without a network. It answers a `ReducerOrder`
// with a `ReducerReport`.
import { DbConnection, Reducer } from "driftdb";
import { NearRoom } from "../lib/near-room.js";

export interface ReducerOrder {
  /**
   * `own`: the client dispatches actions, and the room confirms them. `remote`: actions of another client
   * arrive.
   */
  readonly whose: "own" | "remote";
  /** Records of 1 kB in the state. */
  readonly records: number;
  readonly actions: number;
  /** Actions in one turn of the event loop. */
  readonly perTurn: number;
}

/** Times in ms. */
export interface ReducerReport {
  /** Time of the client for all actions, the reducer's own time included. */
  readonly client: number;
  /** Time of the reducer alone for the same actions. */
  readonly bare: number;
  /** The longest turn of the event loop. */
  readonly longest: number;
  /** Time to send the state as a compaction. */
  readonly compaction: number;
}

interface Entry {
  readonly id: string;
  readonly text: string;
}

/** Own actions only count: the cost of the reducer then does not depend on the number of records. */
type Action = { readonly count: number } | Entry;

interface State {
  readonly counter: number;
  readonly records: Readonly<Record<string, Entry>>;
}

const KEY = "state";
const text = (n: number) => `${n} `.padEnd(980, "some words of a record ");
const idOf = (n: number) => `record ${n}`;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function reducer(state: State, action: Action): State {
  if ("count" in action) return { ...state, counter: state.counter + action.count };
  return { ...state, records: { ...state.records, [action.id]: action } };
}

function stateOf(records: number): State {
  const entries = Array.from({ length: records }, (_, n) => [idOf(n), { id: idOf(n), text: text(n) }]);
  return { counter: 0, records: Object.fromEntries(entries) };
}

function actionsOf({ whose, records, actions }: ReducerOrder): Action[] {
  return Array.from({ length: actions }, (_, n) =>
    whose === "own" ? { count: 1 } : { id: idOf(n % records), text: text(n) },
  );
}

function bareTime(state: State, actions: readonly Action[]): number {
  const start = performance.now();
  let now = state;
  for (const action of actions) now = reducer(now, action);
  const took = performance.now() - start;
  if (now === state) throw new Error("the reducer returned the same state");
  return took;
}

async function run(order: ReducerOrder): Promise<ReducerReport> {
  const { whose, records, perTurn } = order;
  const room = new NearRoom(new Map([[KEY, [{ value: { reset: stateOf(records) }, seq: 1 }]]]));
  const db = new DbConnection({ websocketConstructor: room.WebSocket });
  const connected = db.connect("ws://near/room/r/connect");
  await turn();
  await connected;
  const initialValue = stateOf(0);
  const view = new Reducer<State, Action>({ db, key: KEY, reducer, initialValue, sizeThreshold: 1e9 });
  let shown = 0;
  view.subscribe(() => shown++);
  await room.settle();
  const before = view.getSnapshot();
  if (Object.keys(before.records).length !== records)
    throw new Error("the client has not received the state");

  const actions = actionsOf(order);
  const bare = bareTime(before, actions);
  let client = 0;
  let longest = 0;
  /** Measures work in this turn of the event loop, and the work that the client defers to the next one. */
  const counted = async (work: () => void) => {
    const start = performance.now();
    work();
    longest = Math.max(longest, performance.now() - start);
    await turn();
    client += performance.now() - start;
  };
  for (let at = 0; at < actions.length; at += perTurn) {
    const now = actions.slice(at, at + perTurn);
    if (whose === "own") {
      await counted(() => {
        for (const action of now) view.dispatch(action);
      });
    } else {
      const frames = now.map((apply, i) => room.push(KEY, { apply, i: "another", m: at + i + 1 }));
      await counted(() => room.deliver(frames));
    }
    while (room.isAsked) {
      const frames = room.answers();
      await counted(() => room.deliver(frames));
    }
  }
  const start = performance.now();
  while (!isThere(view.getSnapshot(), order) || db.sync.getSnapshot().pending > 0) {
    await turn();
    if (performance.now() - start > 10_000) throw new Error("the state lacks actions after 10 s");
  }
  client += performance.now() - start;
  if (shown === 0) throw new Error("the subscriber was never called");

  const compacting = performance.now();
  const snapshot = { reset: view.getSnapshot() };
  void db.send({ type: "push", key: KEY, value: snapshot, action: { type: "compact", seq: 1 } });
  const compaction = performance.now() - compacting;
  view.destroy();
  db.disconnect();
  return { client, bare, longest, compaction };
}

/** Whether the last action is in the state. */
function isThere({ counter, records }: State, order: ReducerOrder): boolean {
  if (order.whose === "own") return counter === order.actions;
  const last = order.actions - 1;
  return records[idOf(last % order.records)]?.text === text(last);
}

// The bench has ended.
process.once("disconnect", () => process.exit());
process.on("message", (order) => {
  void run(order as ReducerOrder).then((report) => process.send?.(report));
});
