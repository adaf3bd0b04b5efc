import type { Held, Key } from "driftdb-protocol";
import { checkSize, toJson } from "./check.js";
import { randomId } from "./client-id.js";
import type { DbConnection } from "./db-connection.js";
import { Emitter } from "./emitter.js";
import { DriftDBError } from "./errors.js";
import { type Holders, heldKey, type Member } from "./held-key.js";
import type { Signal } from "./webrtc-link.js";
import { Peer, type PeerUser } from "./webrtc-peer.js";

/** What `checkSize` is to leave of its 1 MiB: every WebRTC takes messages of 64 KiB (RFC 8841, 6.1). */
const SPARE = 1_048_576 - 65_536;

/**
 * The links from this page to all others of the room that use a key, and what came over them. Each page holds an id for
 * the key (S9), by which the others know that it is here, and takes signals as relays of a key of its own, `<key>:<id>`.
 * So the room retains nothing of it. The id is another one each time that somebody begins to look.
 */
export class Mesh implements Holders {
  readonly entries = new Map<string, Held>();
  version = 0;
  iceServers: RTCIceServer[] = [];
  /** What the others are shown. */
  text: string | undefined;
  online = false;
  readonly #changed = new Emitter<void>();
  readonly #db: DbConnection;
  readonly #key: Key;
  readonly #peers = new Map<string, Peer>();
  /** What the members show, the newest last. */
  readonly #values = new Map<Member, unknown>();
  #members = 0;
  #stop: (() => void) | undefined;
  #throttle: ReturnType<typeof setTimeout> | undefined;
  #interval = 0;
  /** How many states have come. */
  #count = 0;

  constructor(db: DbConnection, key: Key) {
    this.#db = db;
    this.#key = key;
  }

  /** @param iceServers of the links that are made from now on. */
  join(onChange: () => void, iceServers: RTCIceServer[] = []): Member {
    const undo = this.#changed.addListener(() => onChange());
    this.iceServers = iceServers;
    this.#members++;
    this.#stop ??= this.#start();
    let left = false;
    const member: Member = {
      set: (value, interval = 0) => {
        checkSize(toJson({ value }), SPARE);
        if (left) return;
        this.#values.delete(member);
        if (value !== undefined) this.#values.set(member, value);
        this.#interval = interval;
        if (!this.#throttle) this.#show();
      },
      leave: () => {
        if (left) return;
        left = true;
        undo();
        setTimeout(() => {
          this.#values.delete(member);
          if (--this.#members) this.#show();
          else this.#stop?.();
        });
      },
    };
    return member;
  }

  #start(): () => void {
    const [db, key, id] = [this.#db, this.#key, randomId()];
    const held = heldKey(db, key);
    const unsubscribe = db.subscribe(`${key}:${id}`, ({ value }) => this.#take(value), undefined, {
      replay: false,
    });
    // Whoever sees that it is here can signal to it already.
    const member = held.join(() => this.#follow(id, held));
    member.set({ id });
    this.#follow(id, held);
    return () => {
      unsubscribe();
      member.leave();
      clearTimeout(this.#throttle);
      this.#throttle = this.#stop = this.text = undefined;
      this.#keep(new Set());
      this.online = false;
    };
  }

  /** Has a peer for each page that is here, as the room says. While only the connection is lost, they stay. */
  #follow(own: string, held: Holders): void {
    const { connected, reason } = this.#db.status;
    const back = connected && !this.online;
    this.online = connected;
    const here = new Set<string>();
    if (connected || reason === "reconnecting") {
      for (const { value } of held.entries.values()) here.add(Object(value).id);
    }
    here.delete(own);
    this.#keep(here);
    if (back) for (const peer of this.#peers.values()) peer.retry();
    for (const id of here) {
      if (typeof id === "string" && !this.#peers.has(id)) {
        this.#peers.set(id, this.#peer(id, own));
      }
    }
  }

  #keep(here: Set<string>): void {
    for (const [id, peer] of this.#peers) {
      if (here.has(id)) continue;
      this.#peers.delete(id);
      peer.close();
    }
  }

  #peer(id: string, own: string): Peer {
    const { report } = this.#db;
    const user: PeerUser = {
      page: this,
      signal: (signal) => {
        const value = { from: own, ...signal };
        void this.#db.send({ type: "push", key: `${this.#key}:${id}`, value, action: { type: "relay" } });
      },
      took: (text) => {
        if (text === undefined && !this.entries.delete(id)) return;
        if (text !== undefined) {
          this.entries.set(id, { from: id, value: JSON.parse(text).value, seq: ++this.#count });
        }
        this.version++;
        this.#changed.dispatch();
      },
      report,
    };
    return new Peer(user, own < id);
  }

  /** Takes a signal. What is of a page that has left comes too late. */
  #take(value: unknown): void {
    const signal = Object(value) as Signal & { from: string };
    const { from, link, description, candidate } = signal;
    const sound =
      typeof from === "string" &&
      typeof link === "string" &&
      (description
        ? /^(offer|answer)$/.test(description.type) && typeof description.sdp === "string"
        : typeof candidate === "object");
    if (!sound) throw new DriftDBError("unknown_shape", `key "${this.#key}" has a signal of another kind`);
    this.#peers.get(from)?.take(signal);
  }

  /** Tells the others what is shown, if that has changed. */
  readonly #show = (): void => {
    clearTimeout(this.#throttle);
    this.#throttle = undefined;
    const text = toJson({ value: [...this.#values.values()].at(-1) });
    if (text === (this.text ?? "{}")) return;
    this.text = text;
    for (const peer of this.#peers.values()) peer.show();
    this.#throttle = setTimeout(this.#show, this.#interval);
  };
}

const meshes = new WeakMap<DbConnection, Map<Key, Mesh>>();

/** The links of a connection for a key: the same object for all who ask. */
export function meshOf(db: DbConnection, key: Key): Mesh {
  const byKey = meshes.get(db) ?? new Map<Key, Mesh>();
  meshes.set(db, byKey);
  const mesh = byKey.get(key) ?? new Mesh(db, key);
  byKey.set(key, mesh);
  return mesh;
}
