import { ERROR_STREAM_FULL, type Key, type SequenceNumber, type SequenceValue } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Outcome } from "../connection/outbox.js";
import type { DriftDBError } from "../errors.js";
import { type CompactionPolicy, compactionPolicy, type Snapshot } from "./compaction-policy.js";
import { authorId, defined, StreamStore } from "./stream-store.js";
import { scheduleUpdate } from "./update-scheduler.js";

/** A reducer's message on the wire: an `append` of an action, or a `compact` to a state. */
interface Folded {
  apply: unknown;
  /** The id of the action's author. 1.0.12 sent none. */
  i?: string;
  /** The author's count of actions, by which it knows its own when that comes back. 1.0.12 sent none. */
  m?: number;
  reset: unknown;
}

/** An own action that has not come back from the room. */
interface Pending<State, Action> {
  readonly m: number;
  readonly action: Action;
  /** The view right after it. */
  state: State;
  /** Its seq, once that is known. */
  seq?: SequenceNumber;
}

/**
 * A state that all clients of a room change by actions. The view is the reducer applied to the actions in the
 * room's order, and then to this client's unconfirmed actions in theirs. Nothing is cloned: the reducer must
 * not change its arguments.
 *
 * `Input` is the type that is dispatched and sent, where `parse` turns it into another one.
 *
 * @example
 * const reducer = (sum: number, n: number) => sum + n;
 * const counter = new Reducer({ db, key: "count", reducer, initialValue: 0 });
 * const undo = counter.subscribe((count) => console.log(count));
 * counter.dispatch(1);
 */
export class Reducer<State, Action, Input = Action> extends StreamStore<State, Action> {
  readonly #reducer: (state: State, action: Action) => State;
  readonly #initial: State;
  readonly #compaction: CompactionPolicy;
  readonly #parseState: (state: unknown) => State;
  readonly #author = authorId();
  #count = 0;
  #confirmed: State;
  /** The seq of the newest message in the confirmed state. */
  #seq = 0;
  /** The author of that message. */
  #lastAuthor: string | undefined;
  /**
   * The own actions by their counts, in the order in which they were dispatched. The first ones have a seq.
   */
  readonly #pending = new Map<number, Pending<State, Action>>();
  /**
   * No action up to this count is pending. To find its first item, the Map would go through those that were
   * deleted.
   */
  #gone = 0;
  /** Whether the view, and the states of the pending actions, are out of date. */
  #isDirty = false;
  /** Whether the stream has a message that this reducer does not know, and must not compact away. */
  #hasForeign = false;

  /**
   * @param options.reducer as for React's `useReducer`: pure, and the same in all clients.
   * @param options.initialValue the state before the first action.
   * @param options.sizeThreshold how many messages the key may retain before they are compacted to one.
   * Default 30.
   * @param options.callback called with each new view: immediately, or, while own actions are unconfirmed, a
   * microtask later, once for all messages of one turn.
   * @param options.parse turns an action of the room into one for the reducer. An action for which it throws
   * is reported and skipped. It must be pure, and the same in all clients, like the reducer.
   * @param options.parseState the same for the state that a stream was compacted to. It must return a state
   * that it has returned before unchanged. Without it, such a state is taken as it is.
   */
  constructor(options: {
    db: DbConnection;
    key: Key;
    reducer: (state: State, action: Action) => State;
    initialValue: State;
    sizeThreshold?: number | undefined;
    callback?: ((state: State) => void) | undefined;
    parse?: ((action: unknown) => Action) | undefined;
    parseState?: ((state: unknown) => State) | undefined;
  }) {
    const { reducer, initialValue, sizeThreshold = 30, callback } = options;
    super(options, initialValue, callback);
    this.#reducer = reducer;
    this.#initial = this.#confirmed = initialValue;
    this.#compaction = compactionPolicy(sizeThreshold, this.#snapshot, this.#compact);
    this.#parseState = options.parseState ?? ((state) => state as State);
  }

  /**
   * Applies an action: here immediately, in other clients when it gets there.
   *
   * @throws {DriftDBError} `bad_value` if the action is not JSON, `undefined_value` if it is undefined, or
   * the reducer returns undefined. Whatever the reducer or `parse` throws for it. Nothing is sent then.
   */
  readonly dispatch = (input: Input): void => {
    const action = this.parse(defined(input));
    const state = this.#apply(this.getSnapshot(), action);
    const m = ++this.#count;
    const own = { m, action, state };
    this.push({ apply: input, i: this.#author, m }, { type: "append" }, (outcome) =>
      this.#settle(own, outcome),
    );
    this.#pending.set(m, own);
    this.show(state);
  };

  override destroy(): void {
    this.#compaction.stop();
    super.destroy();
  }

  /** @internal */
  protected fold(messages: SequenceValue[], isWhole: boolean): void {
    if (isWhole) this.#restart();
    for (const { value, seq } of messages) {
      const { apply, reset, i, m } = Object(value) as Partial<Folded>;
      this.#seq = seq;
      this.#lastAuthor = i;
      // Own actions before it were refused, or are inside of a snapshot: else they would have come back
      // before.
      const last = i === this.#author ? this.#drop(m) : undefined;
      const own = last?.m === m ? last : undefined;
      if (own && !this.#isDirty) {
        this.#confirmed = own.state;
        continue;
      }
      if (reset !== undefined) {
        // A state that cannot be parsed is not compacted away.
        this.#hasForeign = true;
        callSafely(() => {
          this.#confirmed = this.#parseState(reset);
          this.#hasForeign = false;
        }, this.db.report);
      } else if (apply !== undefined) {
        this.#confirmed = this.#applySafely(this.#confirmed, () => (own ? own.action : this.parse(apply)));
      } else {
        this.#hasForeign = true;
        this.reportUnknown();
      }
      // After each message, since an error listener may have read the view.
      this.#isDirty = true;
    }
    // Confirmed actions that did not come back are inside of a snapshot.
    if (this.#drop(0, this.through) || this.#isDirty) this.#changed();
  }

  /** @internal */
  protected reset(): void {
    this.#pending.clear();
    this.#restart();
    this.#changed();
  }

  /** Applies the pending actions to the confirmed state. @internal */
  protected override refresh(): void {
    super.refresh();
    if (!this.#isDirty) return;
    this.#isDirty = false;
    let state = this.#confirmed;
    for (const pending of this.#pending.values()) {
      state = this.#applySafely(state, () => pending.action);
      pending.state = state;
    }
    this.show(state, false);
  }

  /** @internal */
  protected override sized(size: number): void {
    this.#compaction.sized(size);
  }

  readonly #snapshot = (): Snapshot | undefined => {
    if (this.#hasForeign || !this.followed || !this.db.status.connected) return undefined;
    const own = this.#lastAuthor === undefined || this.#lastAuthor === this.#author;
    return { seq: this.#seq, state: this.#confirmed, own };
  };

  readonly #compact = ({ seq, state }: Snapshot, done: (outcome: Outcome) => void): void => {
    callSafely(
      () => this.push({ reset: state }, { type: "compact", seq, last: seq }, done),
      (error) => {
        done({ error: error as Error });
        this.db.report(error);
      },
    );
  };

  /** It is known what became of an own action. One without a seq was refused, or its outcome is unknown. */
  #settle(own: Pending<State, Action>, { seq = 0, error }: Outcome): void {
    // A compaction makes room for the next action.
    if ((error as DriftDBError | undefined)?.code === ERROR_STREAM_FULL) this.#compaction.sized(Infinity);
    if (!this.#pending.has(own.m)) return;
    if (this.followed && seq > this.through) {
      // It will come back, by itself or inside of a snapshot.
      own.seq = seq;
      return;
    }
    this.#pending.delete(own.m);
    if (!error && !this.followed) {
      // Without a subscriber it does not come back: the next one gets the history.
      this.#confirmed = this.#applySafely(this.#confirmed, () => own.action);
    }
    this.#changed();
  }

  /** Removes the first pending actions, up to a count or a seq. @returns the last of them. */
  #drop(m = 0, through = 0): Pending<State, Action> | undefined {
    let last: Pending<State, Action> | undefined;
    for (; this.#gone < this.#count; this.#gone++) {
      const own = this.#pending.get(this.#gone + 1);
      if (!own) continue;
      const isThrough = own.seq !== undefined && own.seq <= through;
      if (own.m > m && !isThrough) break;
      this.#pending.delete(own.m);
      this.#isDirty ||= last !== undefined;
      last = own;
    }
    return last;
  }

  readonly #showNewest = (): void => this.show(this.getSnapshot());

  /**
   * Calls the subscribers: once for all messages of a turn, if the pending actions have to be applied again.
   */
  #changed(): void {
    this.#isDirty = true;
    if (this.#pending.size) scheduleUpdate(this.db, this.#showNewest);
    else this.#showNewest();
  }

  #restart(): void {
    this.#confirmed = this.#initial;
    this.#compaction.restart();
    this.#seq = 0;
    this.#lastAuthor = undefined;
    this.#hasForeign = false;
    this.#isDirty = true;
  }

  #apply(state: State, action: Action): State {
    return defined(this.#reducer(state, action));
  }

  /** Applies an action. One for which the reducer or `parse` throws is left out, as in all clients. */
  #applySafely(state: State, action: () => Action): State {
    let next = state;
    callSafely(() => {
      next = this.#apply(state, action());
    }, this.db.report);
    return next;
  }
}
