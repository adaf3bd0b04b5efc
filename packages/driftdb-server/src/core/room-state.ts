import type { Key } from "driftdb-protocol";
import type { Session } from "./session.js";
import { Sessions } from "./sessions.js";
import { type Entry, type Sized, Stream } from "./stream.js";

/** The stored state of one room, in memory, as of the newest commit. Only `Room.land` changes it. */
export class RoomState<V extends Sized> {
  readonly streams = new Map<Key, Stream<V>>();
  readonly sessions = new Sessions();
  /** Bytes of all retained values. */
  bytes = 0;

  /**
   * @param epoch names the room's data (S1).
   * @param head the newest seq that may have left the server; 0 for a new room (M1).
   * @param number the number of the newest commit.
   */
  constructor(
    readonly epoch: string,
    public head = 0,
    public number = 0,
  ) {}

  /** The key's stream. Makes one if there is none. */
  stream(key: Key): Stream<V> {
    let stream = this.streams.get(key);
    if (!stream) {
      stream = new Stream<V>();
      this.streams.set(key, stream);
    }
    return stream;
  }

  /** Restores a stored message of a key. Call it in the order of seqs. */
  restore(key: Key, entry: Entry<V>): void {
    this.stream(key).append(entry);
    this.bytes += entry.value.size;
  }

  /** Restores a stored session. Call it from the least to the most recently used one. */
  restoreSession(cid: string, session: Session): void {
    this.sessions.use(cid, session);
  }
}
