import type { Action, Key } from "driftdb-protocol";
import type { RoomLimits } from "./limits.js";
import { type Entry, type Sized, Stream } from "./stream.js";

/** What an engine has to commit for a message, before anybody hears of it (M5). */
export interface Write<V> {
  readonly type: "append" | "replace" | "compact";
  readonly key: Key;
  readonly entry: Entry<V>;
}

/** What became of a message that the room took. */
export interface Applied<V> {
  /** The message's number, if it is to be broadcast: a compaction has none (M3). */
  readonly seq?: number;
  /** What is to be committed: nothing for a relay, nor for a compaction that was not applied (M4). */
  readonly write?: Write<V>;
  /** How many messages the key retains now (P6). */
  readonly size: number;
}

/** A message that the room did not take. Nothing has changed. */
export interface Refused {
  readonly refused: { readonly code: RefusalCode; readonly message: string };
}

export type RefusalCode = "too_many_keys" | "stream_full" | "room_full";

/**
 * A room's rules (M1–M5) and nothing else: no clock, no randomness, no I/O. Whoever calls it
 * commits what it says is to be written, then broadcasts, then answers.
 */
export class Room<V extends Sized> {
  readonly #streams = new Map<Key, Stream<V>>();
  readonly #limits: RoomLimits;
  #head: number;
  #bytes = 0;

  /** @param head the newest seq that may have left the server; 0 for a new room (M1). */
  constructor(limits: RoomLimits, head = 0) {
    this.#limits = limits;
    this.#head = head;
  }

  /** The newest seq (M1). */
  get head(): number {
    return this.#head;
  }

  /** The keys that retain something. */
  keys(): IterableIterator<Key> {
    return this.#streams.keys();
  }

  /** The retained messages of a key whose seq is greater than `seq`, rising (P5). */
  since(key: Key, seq: number): Entry<V>[] {
    return this.#streams.get(key)?.since(seq) ?? [];
  }

  /** Takes back, in rising order, what an earlier life of the room had committed. */
  restore(key: Key, entry: Entry<V>): void {
    this.#stream(key).append(entry);
    this.#bytes += entry.value.size;
  }

  /** Applies one message (M3). */
  push(key: Key, value: V, action: Action): Applied<V> | Refused {
    const stream = this.#streams.get(key);
    if (action.type === "relay") return { seq: ++this.#head, size: stream?.length ?? 0 };
    if (action.type === "compact") {
      if (!stream || !this.#mayCompact(stream, action.seq)) return { size: stream?.length ?? 0 };
    }

    const kept = bytesKept(stream, action);
    const refused = this.#refuse(stream, action, kept + value.size);
    if (refused) return { refused };

    const target = stream ?? this.#stream(key);
    this.#bytes += kept + value.size - target.bytes;
    const snapshot = action.type === "compact";
    const entry = { seq: snapshot ? action.seq : ++this.#head, value, snapshot };
    target[action.type](entry);
    const write = { type: action.type, key, entry };
    return snapshot ? { write, size: target.length } : { seq: entry.seq, write, size: target.length };
  }

  /** M4: neither beyond the head, nor before what is retained, nor the same snapshot again. */
  #mayCompact(stream: Stream<V>, seq: number): boolean {
    const first = stream.first as Entry<V>;
    return seq >= 1 && seq <= this.#head && seq >= first.seq && !(first.snapshot && first.seq === seq);
  }

  /** Whether the message would take the room over a limit. One that frees room is always taken. */
  #refuse(stream: Stream<V> | undefined, action: Action, bytes: number): Refused["refused"] | undefined {
    const { keys, messagesPerKey, bytesPerKey, bytesPerRoom } = this.#limits;
    if (!stream && this.#streams.size >= keys) {
      return { code: "too_many_keys", message: `the room has ${keys} keys: reuse one of them` };
    }
    if (action.type === "append" && stream && stream.length >= messagesPerKey) {
      return { code: "stream_full", message: `the key retains ${messagesPerKey} messages: compact it` };
    }
    const growth = bytes - (stream?.bytes ?? 0);
    if (growth > 0 && bytes > bytesPerKey) {
      return {
        code: "stream_full",
        message: `the key would retain more than ${bytesPerKey} bytes: compact it`,
      };
    }
    if (growth > 0 && this.#bytes + growth > bytesPerRoom) {
      return {
        code: "room_full",
        message: `the room would retain more than ${bytesPerRoom} bytes: compact its keys`,
      };
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

/** Bytes of the key's messages that stay beside the new one. */
function bytesKept(stream: Stream<Sized> | undefined, action: Action): number {
  if (!stream || action.type === "replace") return 0;
  return action.type === "compact" ? stream.bytesAfter(action.seq) : stream.bytes;
}
