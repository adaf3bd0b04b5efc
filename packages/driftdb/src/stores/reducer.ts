import { ERROR_STREAM_FULL, type Key, type SequenceNumber, type SequenceValue } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Outcome } from "../connection/outbox.js";
import type { DriftDBError } from "../errors.js";
import { CompactionPolicy, type Snapshot } from "./compaction-policy.js";
import { authorId, defined, StreamStore } from "./stream-store.js";
import { scheduleUpdate } from "./update-scheduler.js";

/** What a reducer's stream has: an `append` of an action, or a `compact` to a state. */
interface Folded {
  apply: unknown;
  /** The action's author … */
  i?: string;
  /** … and the author's count, by which it knows its own action when that comes back. 1.0.12 had none. */
  m?: number;
  reset: unknown;
}

/** An own action that has not come back. */
interface Pending<State, Action> {
  readonly m: number;
  readonly action: Action;
  /** The view right after it. */
  state: State;
  /** Its seq, once that is known. */
  seq?: SequenceNumber;
}

/**
 * A state that all clients of a room change by actions. The view is what the reducer makes of the actions in the
 * room's order, with one's own unconfirmed actions on top, in theirs. Nothing is cloned: the reducer must not
 * change what it is given.
 *
 * `Input` is what is dispatched and sent, where `parse` makes something else of it.
 */
export class Reducer<State, Action, Input = Action> extends StreamStore<State, Action> {
  readonly #reducer: (state: State, action: Action) => State;
  readonly #initial: State;
  readonly #compaction: CompactionPolicy;
  readonly #parseState: (state: unknown) => State;
  readonly #author = authorId();
  #count = 0;
  #confirmed: State;
  /** The newest message that the confirmed state is folded from … */
  #seq = 0;
  /** … and its author. */
  #last: string | undefined;
  /** By their counts, in the order in which they were dispatched: those whose seqs are known are the first. */
  readonly #pending = new Map<number, Pending<State, Action>>();
  /** Up to which count there is none. The Map would go through what is deleted, to find its first one. */
  #gone = 0;
  /** Whether the view, and what is noted of it in the pending actions, is to be made anew. */
  #dirty = false;
  /** Whether there is something in the stream that this reducer does not know, and must not compact away. */
  #foreign = false;

  /**
   * @param options.reducer as for React's `useReducer`: pure, and the same in all clients.
   * @param options.initialValue the state before the first action.
   * @param options.sizeThreshold how many messages the key may retain before they are compacted to one. Default 30.
   * @param options.callback called with each new state, the view: at once, or, where own actions that the room does not
   * have yet are to be put on top of others', a microtask later, once for all that came in one turn.
   * @param options.parse makes of an action of the room what the reducer is given, and throws at one that is none:
   * that one is reported and skipped. Pure, and the same in all clients, like the reducer.
   * @param options.parseState the same for the state that a stream was compacted to, which it must give unchanged if
   * it has given it before. Without it, such a state is taken as it is.
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
    this.#compaction = new CompactionPolicy(sizeThreshold, this.#snapshot, this.#compact);
    this.#parseState = options.parseState ?? ((state) => state as State);
  }

  /**
   * Applies an action: here at once, elsewhere when it gets there.
   *
   * @throws what the reducer throws; {DriftDBError} `bad_value` if the action is no JSON value, `undefined_value` if it
   * is undefined, or the reducer returns that; what `parse` throws at it. Nothing is sent then.
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

  protected fold(messages: SequenceValue[], fresh: boolean): void {
    if (fresh) this.#restart();
    for (const { value, seq } of messages) {
      const { apply, reset, i, m } = Object(value) as Partial<Folded>;
      this.#seq = seq;
      this.#last = i;
      // Those before it were refused, or are inside of a snapshot: their echoes would have come before.
      const last = i === this.#author ? this.#drop(m) : undefined;
      const own = last?.m === m && last;
      if (own && !this.#dirty) {
        this.#confirmed = own.state;
        continue;
      }
      if (reset !== undefined) {
        // What is not taken in is not compacted away.
        this.#foreign = true;
        this.attempt(() => {
          this.#confirmed = this.#parseState(reset);
          this.#foreign = false;
        });
      } else if (apply !== undefined) {
        this.#confirmed = this.#applySafely(this.#confirmed, () => (own ? own.action : this.parse(apply)));
      } else {
        this.#foreign = true;
        this.reportUnknown();
      }
      // Now, since whoever was told of an error may have looked.
      this.#dirty = true;
    }
    // What is confirmed and did not come back is inside of a snapshot.
    if (this.#drop(0, this.through) || this.#dirty) this.#changed();
  }

  protected reset(): void {
    this.#pending.clear();
    this.#restart();
    this.#changed();
  }

  /** Puts the pending actions on top of the confirmed state. */
  protected override refresh(): void {
    super.refresh();
    if (!this.#dirty) return;
    this.#dirty = false;
    let state = this.#confirmed;
    for (const pending of this.#pending.values()) {
      state = this.#applySafely(state, () => pending.action);
      pending.state = state;
    }
    this.show(state, false);
  }

  protected override sized(size: number): void {
    this.#compaction.sized(size);
  }

  readonly #snapshot = (): Snapshot | undefined => {
    if (this.#foreign || !this.followed || !this.db.status.connected) return undefined;
    const own = this.#last === undefined || this.#last === this.#author;
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

  /** Takes away the first pending actions, up to a count or a seq. @returns the last of them. */
  #drop(m = 0, through = 0): Pending<State, Action> | undefined {
    let last: Pending<State, Action> | undefined;
    for (; this.#gone < this.#count; this.#gone++) {
      const own = this.#pending.get(this.#gone + 1);
      if (!own) continue;
      if (own.m > m && !((own.seq as number) <= through)) break;
      this.#pending.delete(own.m);
      this.#dirty ||= !!last;
      last = own;
    }
    return last;
  }

  readonly #tell = (): void => this.show(this.getSnapshot());

  /** Tells the listeners: once for all that comes together, if all pending actions have to be applied for it. */
  #changed(): void {
    this.#dirty = true;
    if (this.#pending.size) scheduleUpdate(this.db, this.#tell);
    else this.#tell();
  }

  #restart(): void {
    this.#confirmed = this.#initial;
    this.#compaction.restart();
    this.#seq = 0;
    this.#last = undefined;
    this.#foreign = false;
    this.#dirty = true;
  }

  #apply(state: State, action: Action): State {
    return defined(this.#reducer(state, action));
  }

  /** An action that the reducer, or `parse`, throws at is left out, here as in all clients. */
  #applySafely(state: State, action: () => Action): State {
    let next = state;
    this.attempt(() => {
      next = this.#apply(state, action());
    });
    return next;
  }
}
