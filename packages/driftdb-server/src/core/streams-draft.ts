import {
  type Action,
  ERROR_ROOM_FULL,
  ERROR_STREAM_FULL,
  ERROR_TOO_MANY_KEYS,
  type Key,
} from "driftdb-protocol";
import type { StreamChange } from "./commit.js";
import type { RoomLimits } from "./limits.js";
import type { Refusal } from "./refusal.js";
import type { RoomState } from "./room-state.js";
import { type Entry, type Sized, Stream } from "./stream.js";
import { StreamDraft } from "./stream-draft.js";

/** The result of a push. */
export type Pushed = Applied | Ineffective | Refused;

/** The message was applied. */
export interface Applied {
  readonly type: "applied";
  /** The message's seq in the room's order. A compaction has the newest seq that it replaces. */
  readonly seq: number;
  /** The seq of the key's previous retained message. 0 if there was none (S6). */
  readonly prev: number;
  /** How many messages the key retains now (P6). */
  readonly size: number;
}

/** A compaction is too late or too early. The room acknowledges it, and changes nothing (M4, S8). */
export interface Ineffective {
  readonly type: "ineffective";
  readonly size: number;
}

/** The message is beyond a limit, and changes nothing. */
export interface Refused {
  readonly type: "refused";
  readonly why: Refusal;
}

type Compact = Extract<Action, { type: "compact" }>;

/** A room's streams with the changes of one turn (M1–M4, S7, S8). */
export class StreamsDraft<V extends Sized> {
  readonly #state: RoomState<V>;
  readonly #limits: RoomLimits;
  /** The streams that the turn changes. It is made for the first one, since many turns change none. */
  #drafts: Map<Key, StreamDraft<V>> | undefined;
  /** The newest seq (M1). */
  head: number;
  /** Keys that retain messages now, and did not before the turn. */
  #newKeys = 0;
  /** Bytes of all retained values. */
  #bytes: number;

  constructor(state: RoomState<V>, limits: RoomLimits) {
    this.#state = state;
    this.#limits = limits;
    this.head = state.head;
    this.#bytes = state.bytes;
  }

  /** Applies one message (M3). */
  push(key: Key, value: V, action: Action): Pushed {
    const stream = this.#peek(key);
    const prev = stream?.last?.seq ?? 0;
    const length = stream?.length ?? 0;
    if (action.type === "relay") return { type: "applied", seq: ++this.head, prev, size: length };
    if (action.type === "compact" && !(stream && this.#mayCompact(stream, action))) {
      return { type: "ineffective", size: length };
    }
    const retained = bytesRetained(stream, action);
    const why = this.#refuse(stream, action, retained + value.size);
    if (why) return { type: "refused", why };

    const draft = this.#draft(key);
    this.#bytes += retained + value.size - draft.bytes;
    const snapshot = action.type === "compact";
    const seq = snapshot ? action.seq : ++this.head;
    draft[action.type]({ seq, value, snapshot });
    return { type: "applied", seq, prev, size: draft.length };
  }

  /** The retained messages of a key whose seq is greater than `seq`, rising (P5). */
  since(key: Key, seq: number): Entry<V>[] {
    return this.#peek(key)?.since(seq) ?? [];
  }

  /**
   * What a client missed of a key (S7): the messages after `seq`, or with `reset` the whole stream.
   *
   * @param seq the last retained message that the client received in `epoch`. 0 for none.
   */
  resume(key: Key, seq: number, epoch: string): { readonly entries: Entry<V>[]; readonly reset: boolean } {
    const first = this.#peek(key)?.first;
    // Without a message up to `seq`, a replace or a snapshot may have replaced messages that the client
    // missed.
    const reset = seq > 0 && (epoch !== this.#state.epoch || first === undefined || first.seq > seq);
    return { entries: this.since(key, reset ? 0 : seq), reset };
  }

  /** The keys that retain messages. */
  keys(): Key[] {
    const keys = [...this.#state.streams.keys()];
    for (const key of this.#drafts?.keys() ?? []) if (!this.#state.streams.has(key)) keys.push(key);
    return keys;
  }

  /** The net change of the stored rows. */
  changes(): readonly StreamChange<V>[] {
    if (!this.#drafts) return NO_CHANGES;
    const changes: StreamChange<V>[] = [];
    for (const draft of this.#drafts.values()) changes.push(draft.change());
    return changes;
  }

  /** Applies the turn's changes to the room's state. */
  land(): void {
    this.#state.head = this.head;
    if (!this.#drafts) return;
    this.#state.bytes = this.#bytes;
    for (const [key, draft] of this.#drafts) draft.land(this.#state.stream(key));
  }

  /** The stream as the turn sees it. */
  #peek(key: Key): StreamDraft<V> | Stream<V> | undefined {
    return this.#drafts?.get(key) ?? this.#state.streams.get(key);
  }

  #draft(key: Key): StreamDraft<V> {
    this.#drafts ??= new Map();
    let draft = this.#drafts.get(key);
    if (!draft) {
      const stream = this.#state.streams.get(key);
      if (!stream) this.#newKeys++;
      draft = new StreamDraft(key, stream ?? new Stream<V>());
      this.#drafts.set(key, draft);
    }
    return draft;
  }

  /**
   * Whether a compaction has an effect. M4: its seq is between the first retained one and the head, and is
   * not that of the present snapshot. S8: the sender knew the newest message that it replaces.
   */
  #mayCompact(stream: StreamDraft<V> | Stream<V>, { seq, last }: Compact): boolean {
    const first = stream.first as Entry<V>;
    if (seq < 1 || seq > this.head || seq < first.seq || (first.snapshot && first.seq === seq)) return false;
    return last === undefined || stream.lastUpTo(seq)?.seq === last;
  }

  /** The refusal of a message beyond a limit. A message that frees bytes is never refused for bytes. */
  #refuse(
    stream: StreamDraft<V> | Stream<V> | undefined,
    action: Action,
    bytes: number,
  ): Refusal | undefined {
    const { keys, messagesPerKey, bytesPerKey, bytesPerRoom } = this.#limits;
    if (!stream && this.#state.streams.size + this.#newKeys >= keys) {
      return { code: ERROR_TOO_MANY_KEYS, message: `the room has ${keys} keys: reuse one of them` };
    }
    if (action.type === "append" && stream && stream.length >= messagesPerKey) {
      return { code: ERROR_STREAM_FULL, message: `the key retains ${messagesPerKey} messages: compact it` };
    }
    const growth = bytes - (stream?.bytes ?? 0);
    if (growth > 0 && bytes > bytesPerKey) {
      const message = `the key would retain more than ${bytesPerKey} bytes: compact it`;
      return { code: ERROR_STREAM_FULL, message };
    }
    if (growth > 0 && this.#bytes + growth > bytesPerRoom) {
      const message = `the room would retain more than ${bytesPerRoom} bytes: compact its keys`;
      return { code: ERROR_ROOM_FULL, message };
    }
    return undefined;
  }
}

const NO_CHANGES: readonly never[] = [];

/** Bytes of the key's messages that the room retains in addition to the new one. */
function bytesRetained(stream: StreamDraft<Sized> | Stream<Sized> | undefined, action: Action): number {
  if (!stream || action.type === "replace") return 0;
  return action.type === "compact" ? stream.bytesAfter(action.seq) : stream.bytes;
}
