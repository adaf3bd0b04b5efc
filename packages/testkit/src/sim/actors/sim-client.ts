import { DbConnection, MessageRefusedError, Reducer, StateListener, UnknownOutcomeError } from "driftdb";
import { fold, type Id, split } from "../monitors/ledger.js";
import type { Machine } from "../network/virtual-clock.js";
import { violated } from "../violation.js";
import type { SimWorld } from "../world.js";
import { SimHolder } from "./sim-holder.js";

export const REDUCERS = ["reducer 0", "reducer 1"];
/** The key of a reducer that is sometimes replaced. */
export const WIPED = "wiped";
export const LOG = "log";
export const STATE = "state";
const FOLDED = [...REDUCERS, WIPED];

/** A small threshold causes many compactions. */
export const SIZE_THRESHOLD = 5;

interface Row {
  readonly seq: number;
  readonly value: unknown;
}

type Options = NonNullable<ConstructorParameters<typeof DbConnection>[0]>;
type WebSocketConstructor = NonNullable<Options["websocketConstructor"]>;

/**
 * The real client on a simulated machine. It dispatches, sets, appends and relays, and checks its own view.
 */
export class SimClient {
  readonly db: DbConnection;
  readonly holder: SimHolder;
  readonly #reducers: Reducer<readonly Id[], Id>[];
  readonly #state: StateListener<Id>;
  readonly #own = new Map<string, Id[]>(FOLDED.map((key) => [key, []]));
  readonly #seen = new Map<string, readonly Id[]>();
  #count = 0;
  /** Messages of the log that the raw listener received since its last reset. */
  #log: Row[] = [];
  /** The same for the key of a reducer, for careless compactions. */
  #rows: Row[] = [];
  /** An error inside a promise, which the next check throws. */
  #late: Error | undefined;
  #url = "";
  #extra: (() => undefined) | undefined;

  constructor(
    readonly machine: Machine,
    readonly world: SimWorld,
    /** The client id, which survives a reload. */
    readonly id: string,
    options: { websocketConstructor: WebSocketConstructor; keys: "subscribed" | "all" },
  ) {
    this.db = new DbConnection(options);
    this.db.errorListener.addListener((error) => this.#failed(error));
    this.#reducers = FOLDED.map(
      (key) =>
        new Reducer<readonly Id[], Id>({
          db: this.db,
          key,
          initialValue: [],
          sizeThreshold: SIZE_THRESHOLD,
          reducer: (ids, id) => [...ids, id],
        }),
    );
    this.#state = new StateListener<Id>({ db: this.db, key: STATE });
    this.holder = new SimHolder(this.db, world, id);
  }

  start(url: string): void {
    this.#url = url;
    for (const reducer of this.#reducers) reducer.subscribe();
    this.#state.subscribe();
    this.#listen(LOG, () => this.#log);
    this.#listen(REDUCERS[0] as string, () => this.#rows);
    this.holder.start();
    this.connect();
  }

  connect(): void {
    void this.db.connect(this.#url);
  }

  /** Performs a random action. */
  act(): void {
    if (this.world.random.chance(0.25)) this.holder.act();
    else this.#write();
  }

  #write(): void {
    const { random } = this.world;
    const kind = random.int(0, 99);
    const id = `${this.machine.name}#${++this.#count}`;
    if (kind < 50) {
      const which = random.int(0, FOLDED.length - 1);
      this.#own.get(FOLDED[which] as string)?.push(id);
      this.#reducers[which]?.dispatch(id);
    } else if (kind < 70) this.#append(id);
    else if (kind < 80) this.#state.setStateOptimistic(id);
    else if (kind < 88) {
      this.world.relays.set(id, this.world.now());
      void this.db.send({ type: "push", key: LOG, value: id, action: { type: "relay" } });
    } else if (kind < 92) {
      void this.db.send({ type: "push", key: WIPED, value: { reset: [id] }, action: { type: "replace" } });
    } else if (kind < 93) this.#toggleListener();
    else if (kind < 95) {
      // A message that is too large for the key, or breaks a rule.
      const bad = random.chance(0.5)
        ? { value: "x".repeat(7_000), action: { type: "append" as const } }
        : { value: id, action: { type: "apend" as "append" } };
      this.db.send({ type: "push", key: LOG, ...bad }).then(
        ({ seq }) =>
          this.#fail(`S4: what is too much for the key, or breaks a rule, was taken, with seq ${seq}`),
        (error: Error) => this.#failed(error),
      );
    } else if (!this.world.lossy) this.#compactCarelessly();
  }

  /** Checks I8 and I13, which hold at every moment. */
  check(): void {
    if (this.#late) throw this.#late;
    this.holder.check();
    this.#reducers.forEach((reducer, which) => {
      const key = FOLDED[which] as string;
      const view = reducer.getSnapshot();
      if (this.#seen.get(key) === view) return;
      this.#seen.set(key, view);
      const ids = new Set(view);
      const { name } = this.machine;
      if (ids.size !== view.length) violated("I8", `${name} sees something of ${key} twice: ${view}`);
      if (key === WIPED || this.world.lossy) return;
      for (const own of this.#own.get(key) ?? [])
        if (!ids.has(own)) violated("I8", `${name} does not see its own ${own} in ${view}`);
      // After the common start with the truth, only its own actions may follow, in their order.
      const truth = this.world.ledger.of(key);
      let at = 0;
      while (at < view.length && view[at] === truth[at]) at++;
      for (let last = 0; at < view.length; at++) {
        const [author, n] = split(view[at] as Id);
        if (author !== name || n < last) violated("I8", `${name} sees ${view} where there is ${truth}`);
        last = n;
      }
    });
  }

  get isSettled(): boolean {
    return this.db.status.connected && this.db.sync.getSnapshot().pending === 0;
  }

  /** Its view of a key. */
  view(key: string): readonly Id[] {
    if (key === STATE) return [this.#state.getSnapshot() ?? ""];
    if (key === LOG) {
      const ids = this.#log.map(({ value }) => value as Id);
      return ids.filter((id) => !this.world.relays.has(id));
    }
    return this.#reducers[FOLDED.indexOf(key)]?.getSnapshot() ?? [];
  }

  /** I9, at rest: every action is in the room exactly once. */
  checkAtRest(): void {
    if (this.world.lossy) return;
    for (const [key, own] of this.#own) {
      for (const id of own)
        if (!this.world.ledger.has(id)) violated("I9", `${id}, dispatched to ${key}, is not there`);
    }
  }

  /** @param rows returns the array that collects the messages, and that a reset empties. */
  #listen(key: string, rows: () => Row[]): () => void {
    return this.db.subscribe(
      key,
      (message) => {
        const last = rows().at(-1)?.seq ?? 0;
        if (message.seq <= last)
          violated("I3", `${this.machine.name} was given seq ${message.seq} of ${key} after ${last}`);
        // A snapshot is never broadcast: it arrives as the first message of a history.
        if (rows().length > 0 && key === REDUCERS[0] && (message.value as { reset?: unknown }).reset)
          violated(
            "S7",
            `${this.machine.name} was given a snapshot at ${message.seq} of ${key}, and no reset`,
          );
        rows().push(message);
      },
      undefined,
      { onReset: () => void rows().splice(0) },
    );
  }

  /** Adds or removes a listener, which gets a history of its own. */
  #toggleListener(): void {
    this.#extra = this.#extra ? this.#extra() : this.#listenToAll();
  }

  #listenToAll(): () => undefined {
    const rows: Row[] = [];
    const undo = this.#listen(LOG, () => rows);
    return () => void undo();
  }

  #append(id: Id): void {
    this.db.send({ type: "push", key: LOG, value: id, action: { type: "append" } }).then(
      ({ seq }) => {
        if (!this.world.ledger.has(id) && !this.world.lossy)
          this.#fail(`I5: ${id} was acknowledged with seq ${seq}, and is not there`);
      },
      (error: Error) => this.#failed(error, id),
    );
  }

  /**
   * Compacts with a state that lacks the newest messages, or at a seq that it has not seen. It names the last
   * seq truthfully, so that the room can refuse the snapshot (S8, M4). It does not run where data is lost: a
   * waiting snapshot of an earlier epoch would look like one of the new epoch.
   */
  #compactCarelessly(): void {
    const { random } = this.world;
    const newest = this.#rows.at(-1);
    if (!newest) return;
    const count = random.int(1, this.#rows.length);
    let state: Id[] = [];
    for (const { value } of this.#rows.slice(0, count)) state = fold(state, value);
    const last = (this.#rows[count - 1] as { seq: number }).seq;
    const seq = newest.seq + (random.chance(0.3) ? random.int(1, 30) : 0);
    void this.db.send({
      type: "push",
      key: REDUCERS[0] as string,
      value: { reset: state, careless: true },
      action: { type: "compact", seq, last },
    } as Parameters<DbConnection["send"]>[0]);
  }

  /** Ignores expected refusals. */
  #failed(error: Error, id?: Id): void {
    if (error instanceof MessageRefusedError && !id) return;
    if (error instanceof UnknownOutcomeError && this.world.lossy) return;
    this.#fail(`I9: ${this.machine.name}, ${id ?? "listening"}: ${error.message}`);
  }

  #fail(what: string): void {
    this.#late ??= new Error(what);
  }
}
