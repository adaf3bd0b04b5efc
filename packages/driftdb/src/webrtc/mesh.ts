import type { Held, Key } from "driftdb-protocol";
import { randomId } from "../client-id.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { DriftDBError } from "../errors.js";
import type { KeyHolds } from "../holds/key-holds.js";
import { Emitter } from "../observable/emitter.js";
import { Peer, type PeerUser } from "./peer.js";
import type { Signal } from "./peer-channel.js";

/** A listener that looks at the other pages, and may show a state. */
export interface Viewer {
  /**
   @param text the state as JSON; undefined for none.
   * @param interval milliseconds: of the texts within them, the first and the last are sent.
   */
  set(text: string | undefined, interval: number): void;
  /** Takes effect a macrotask later, so that a component that mounts again right away stays. */
  leave(): void;
}

/**
 * The channels from this page to all other pages of the room that use a key, and the states that came over
 * them. Each page holds an id for the key (S9), by which the others know that it is here, and gets signals as
 * relays of a key of its own, `<key>:<id>`. So the room retains nothing of it. The id is a new one with each
 * first viewer.
 */
export class Mesh {
  readonly entries = new Map<string, Held>();
  iceServers: RTCIceServer[] = [];
  /** The state that the others are shown, as JSON; undefined if there was none yet. */
  text: string | undefined;
  online = false;
  readonly #changed = new Emitter<void>();
  readonly #db: DbConnection;
  readonly #key: Key;
  readonly #held: KeyHolds;
  readonly #Failure: typeof DriftDBError;
  readonly #peers = new Map<string, Peer>();
  /** The states of the viewers, the newest last. */
  readonly #texts = new Map<Viewer, string>();
  #viewers = 0;
  #stop: (() => void) | undefined;
  #throttle: ReturnType<typeof setTimeout> | undefined;
  #interval = 0;
  /** How many states have come from others. */
  #count = 0;

  constructor(db: DbConnection, key: Key, held: KeyHolds, Failure: typeof DriftDBError) {
    this.#db = db;
    this.#key = key;
    this.#held = held;
    this.#Failure = Failure;
  }

  /**
   @param iceServers for channels that are made from now on. Undefined: those that were given last.
   * @throws {DriftDBError} `no_webrtc`. Whatever RTCPeerConnection throws for the ICE servers.
   */
  join(onChange: () => void, iceServers?: RTCIceServer[]): Viewer {
    if (!globalThis.RTCPeerConnection) {
      throw new this.#Failure("no_webrtc", "no RTCPeerConnection: use PresenceListener");
    }
    if (iceServers) {
      new RTCPeerConnection({ iceServers }).close();
      this.iceServers = iceServers;
    }
    const undo = this.#changed.addListener(() => onChange());
    this.#viewers++;
    this.#stop ??= this.#start();
    let left = false;
    const viewer: Viewer = {
      set: (text, interval) => {
        if (left) return;
        this.#texts.delete(viewer);
        if (text !== undefined) this.#texts.set(viewer, text);
        this.#interval = interval;
        if (!this.#throttle) this.#show();
      },
      leave: () => {
        if (left) return;
        left = true;
        undo();
        setTimeout(() => {
          this.#texts.delete(viewer);
          if (--this.#viewers) this.#show();
          else this.#stop?.();
        });
      },
    };
    return viewer;
  }

  #start(): () => void {
    const id = randomId();
    const key = `${this.#key}:${id}`;
    const take = ({ value }: { value: unknown }) => this.#take(value);
    const unsubscribe = this.#db.subscribe(key, take, undefined, { replay: false });
    // A page that sees this one can signal to it already.
    const member = this.#held.join(() => this.#follow(id));
    member.set({ id });
    this.#follow(id);
    return () => {
      unsubscribe();
      member.leave();
      clearTimeout(this.#throttle);
      this.#throttle = this.#stop = this.text = undefined;
      this.#keep(new Set());
      this.online = false;
      this.iceServers = [];
    };
  }

  /**
   * Has a peer for each page that is here, as the room says. Peers stay while the connection to the room is
   * lost.
   */
  #follow(own: string): void {
    const { connected, reason } = this.#db.status;
    const back = connected && !this.online;
    this.online = connected;
    const here = new Set<string>();
    if (connected || reason === "reconnecting") {
      for (const { value } of this.#held.entries.values()) here.add(Object(value).id);
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
        this.#changed.dispatch();
      },
      report,
    };
    return new Peer(user, own < id);
  }

  /** Takes a signal. A signal of a page that has left is too late. */
  #take(value: unknown): void {
    const signal = Object(value) as Signal & { from: string };
    const { from, link, description, candidate } = signal;
    const isSignal =
      typeof from === "string" &&
      typeof link === "string" &&
      (description ? isDescription(description) : typeof candidate === "object");
    if (!isSignal)
      throw new this.#Failure("unknown_shape", `key "${this.#key}" has a signal of another kind`);
    this.#peers.get(from)?.take(signal);
  }

  /** Sends the newest state to the others, if it has changed. */
  readonly #show = (): void => {
    clearTimeout(this.#throttle);
    this.#throttle = undefined;
    const text = [...this.#texts.values()].at(-1) ?? "{}";
    if (text === (this.text ?? "{}")) return;
    this.text = text;
    for (const peer of this.#peers.values()) peer.show();
    this.#throttle = setTimeout(this.#show, this.#interval);
  };
}

function isDescription({ type, sdp }: NonNullable<Signal["description"]>): boolean {
  return (type === "offer" || type === "answer") && typeof sdp === "string";
}

const meshes = new WeakMap<KeyHolds, Mesh>();

/**
 * The mesh of a connection for a key: the same object for each caller. It is a bundle of its own, so its
 * parameters carry the parts of driftdb that it needs.
 *
 * @param held the holds of that key.
 * @param Failure the class of errors.
 */
export function meshOf(db: DbConnection, key: Key, held: KeyHolds, Failure: typeof DriftDBError): Mesh {
  const mesh = meshes.get(held) ?? new Mesh(db, key, held, Failure);
  meshes.set(held, mesh);
  return mesh;
}
