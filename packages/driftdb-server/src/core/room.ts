import type { Action, FrameErrorCode, Key } from "driftdb-protocol";
import type { RoomLimits } from "./limits.js";
import { Session } from "./session.js";
import { Sessions } from "./sessions.js";
import { type Entry, type Sized, Stream } from "./stream.js";

/** What an engine has to commit for a message, before anybody hears of it (M5). */
export interface Write<V> {
  readonly type: "append" | "replace" | "compact";
  readonly key: Key;
  readonly entry: Entry<V>;
}

/** What became of a message. */
export type Outcome<V> = Applied<V> | Refused | Duplicate | OutOfStep;

/** The room took it. */
export interface Applied<V> {
  readonly type: "applied";
  /** The message's number, if it is to be broadcast: a compaction has none (M3). */
  readonly seq?: number;
  /** The seq of the key's newest retained message before it, 0 if there was none (S6). */
  readonly prev: number;
  /** What is to be committed: nothing for a relay, nor for a compaction that was not applied (M4). */
  readonly write?: Write<V>;
  /** How many messages the key retains now (P6). */
  readonly size: number;
}

/** The room did not take it, and nothing has changed but that its `n` is used up (S4). */
export interface Refused {
  readonly type: "refused";
  readonly code: RefusalCode;
  readonly message: string;
}

/** The room has had it before, and gave it this seq then: 0 if it was refused (S3). */
export interface Duplicate {
  readonly type: "duplicate";
  readonly seq: number;
}

/** The messages of its session before it are not there: the client must start a new session (S3, S13). */
export interface OutOfStep {
  readonly type: "out_of_step";
}

export type RefusalCode = "too_many_keys" | "stream_full" | "room_full" | FrameErrorCode;

/** Whose message it is, and which one of the session (S3). */
export interface Sender {
  readonly cid: string;
  readonly n: number;
}

/** A session that a message has changed, to be committed with it (S3). */
export interface SessionWrite {
  readonly cid: string;
  readonly session: Session;
  /** The session that is forgotten for it, if any. */
  readonly forgotten?: string;
}

/** What a client that resumes is given of a key (S7). */
export interface Resumed<V> {
  readonly entries: Entry<V>[];
  /** Whether what the client had is void, and `entries` is the whole stream. */
  readonly reset: boolean;
  /** The room's newest seq: through it, `entries` is complete. */
  readonly head: number;
}

/**
 * A room's rules (M1–M5) and nothing else: no clock, no randomness, no I/O. Whoever calls it
 * commits what it says is to be written, then broadcasts, then answers.
 */
export class Room<V extends Sized> {
  readonly #streams = new Map<Key, Stream<V>>();
  readonly #sessions = new Sessions();
  #head: number;
  #bytes = 0;

  /**
   * @param epoch names this life of the room's data (S1).
   * @param head the newest seq that may have left the server; 0 for a new room (M1).
   */
  constructor(
    readonly limits: RoomLimits,
    readonly epoch: string,
    head = 0,
  ) {
    this.#head = head;
  }

  /** The newest seq (M1). */
  get head(): number {
    return this.#head;
  }

  /** Takes the next seq, for a broadcast that is not retained (M1). */
  next(): number {
    return ++this.#head;
  }

  /** The keys that retain something. */
  keys(): IterableIterator<Key> {
    return this.#streams.keys();
  }

  /** The retained messages of a key whose seq is greater than `seq`, rising (P5). */
  since(key: Key, seq: number): Entry<V>[] {
    return this.#streams.get(key)?.since(seq) ?? [];
  }

  /**
   * What follows `seq`, the last retained message of the key that the client was given (S7): or, if that is not
   * all that has happened since, the whole stream.
   */
  resume(key: Key, seq: number, epoch: string): Resumed<V> {
    const first = this.#streams.get(key)?.first;
    // What the client had is gone, so a replace or a snapshot has taken its place, and that of what followed.
    const reset = seq > 0 && (epoch !== this.epoch || first === undefined || first.seq > seq);
    return { entries: this.since(key, reset ? 0 : seq), reset, head: this.#head };
  }

  /** Which of a client's messages the room has. */
  session(cid: string): Session | undefined {
    return this.#sessions.get(cid);
  }

  /** Takes back, from the one used longest ago to the newest, what an earlier life of the room had committed. */
  restoreSession(cid: string, session: Session): void {
    this.#sessions.use(cid, session);
  }

  /** Takes back, in rising order, what an earlier life of the room had committed. */
  restore(key: Key, entry: Entry<V>): void {
    this.#stream(key).append(entry);
    this.#bytes += entry.value.size;
  }

  /** Applies one message of a session, exactly once however often it comes (S3). */
  pushFrom(sender: Sender, key: Key, value: V, action: Action): [Outcome<V>, SessionWrite?] {
    return this.#once(sender, () => {
      const outcome = this.push(key, value, action);
      if (outcome.type === "refused") return [outcome, 0];
      return [outcome, action.type === "compact" ? action.seq : this.#head];
    });
  }

  /** Takes note of a message of a session that breaks a rule, so that its number is used all the same (S4). */
  refuseFrom(sender: Sender, why: Omit<Refused, "type">): [Outcome<V>, SessionWrite?] {
    return this.#once(sender, () => [{ type: "refused", code: why.code, message: why.message }, 0]);
  }

  /** @param apply answers with what became of the message, and the seq to remember it by. */
  #once({ cid, n }: Sender, apply: () => [Outcome<V>, number]): [Outcome<V>, SessionWrite?] {
    const session = this.#sessions.get(cid) ?? new Session();
    if (n <= session.acked) return [{ type: "duplicate", seq: session.seqOf(n) }];
    if (n > session.acked + 1) return [{ type: "out_of_step" }];
    const [outcome, seq] = apply();
    session.record(seq);
    const forgotten = this.#sessions.use(cid, session);
    return [outcome, forgotten === undefined ? { cid, session } : { cid, session, forgotten }];
  }

  /** Applies one message (M3). */
  push(key: Key, value: V, action: Action): Applied<V> | Refused {
    const stream = this.#streams.get(key);
    const prev = stream?.last?.seq ?? 0;
    const before = stream?.length ?? 0;
    if (action.type === "relay") return { type: "applied", seq: this.next(), prev, size: before };
    if (action.type === "compact" && !(stream && this.#mayCompact(stream, action))) {
      return { type: "applied", prev, size: before };
    }

    const kept = bytesKept(stream, action);
    const refused = this.#refuse(stream, action, kept + value.size);
    if (refused) return refused;

    const target = stream ?? this.#stream(key);
    this.#bytes += kept + value.size - target.bytes;
    const snapshot = action.type === "compact";
    const entry = { seq: snapshot ? action.seq : ++this.#head, value, snapshot };
    target[action.type](entry);
    const write = { type: action.type, key, entry };
    const size = target.length;
    return snapshot
      ? { type: "applied", prev, write, size }
      : { type: "applied", seq: entry.seq, prev, write, size };
  }

  /**
   * M4: neither beyond the head, nor before what is retained, nor the same snapshot again. S8: nor one that was made
   * without a message that it would swallow.
   */
  #mayCompact(stream: Stream<V>, { seq, last }: { seq: number; last?: number }): boolean {
    const first = stream.first as Entry<V>;
    if (seq < 1 || seq > this.#head || seq < first.seq || (first.snapshot && first.seq === seq)) return false;
    return last === undefined || stream.lastUpTo(seq)?.seq === last;
  }

  /** Whether the message would take the room over a limit. One that frees room is always taken. */
  #refuse(stream: Stream<V> | undefined, action: Action, bytes: number): Refused | undefined {
    const { keys, messagesPerKey, bytesPerKey, bytesPerRoom } = this.limits;
    if (!stream && this.#streams.size >= keys) {
      return refused("too_many_keys", `the room has ${keys} keys: reuse one of them`);
    }
    if (action.type === "append" && stream && stream.length >= messagesPerKey) {
      return refused("stream_full", `the key retains ${messagesPerKey} messages: compact it`);
    }
    const growth = bytes - (stream?.bytes ?? 0);
    if (growth > 0 && bytes > bytesPerKey) {
      return refused("stream_full", `the key would retain more than ${bytesPerKey} bytes: compact it`);
    }
    if (growth > 0 && this.#bytes + growth > bytesPerRoom) {
      return refused("room_full", `the room would retain more than ${bytesPerRoom} bytes: compact its keys`);
    }
    return undefined;
  }

  #stream(key: Key): Stream<V> {
    let stream = this.#streams.get(key);
    if (!stream) {
      stream = new Stream<V>();
      this.#streams.set(key, stream);
    }
    return stream;
  }
}

function refused(code: RefusalCode, message: string): Refused {
  return { type: "refused", code, message };
}

/** Bytes of the key's messages that stay beside the new one. */
function bytesKept(stream: Stream<Sized> | undefined, action: Action): number {
  if (!stream || action.type === "replace") return 0;
  return action.type === "compact" ? stream.bytesAfter(action.seq) : stream.bytes;
}
