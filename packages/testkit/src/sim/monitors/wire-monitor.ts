import type {
  HoldsBroadcast,
  SessionBroadcast,
  SessionMessageFromDb,
  SessionMessageToDb,
} from "driftdb-protocol";
import type { DiskRoom } from "../network/sim-disk.js";
import { violated } from "../violation.js";
import type { HoldLedger } from "./hold-ledger.js";
import { HoldMonitor } from "./hold-monitor.js";
import type { Ledger } from "./ledger.js";
import { sessionName } from "./session-name.js";

/** The state that all connections of a run share. */
export interface Wires {
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
  readonly disk: () => DiskRoom;
  readonly now: () => number;
  /** The connection of each session that received the newest hello (S10). */
  readonly current: Map<string, WireMonitor>;
  /** The sending time of each relay. */
  readonly relays: Map<string, number>;
  /** Compactions that reducers have sent. */
  compactions: number;
  /** The message that carried each compaction of a client (S8), and how many repeated another client's. */
  readonly tried: Map<string, string>;
  repeated: number;
}

/** The actions of messages that are retained (M3). */
const RETAINING = new Set(["append", "replace", "compact"]);

/** Checks all frames of one connection against the rules. */
export class WireMonitor {
  readonly #wires: Wires;
  readonly #name: string;
  /** The secret id of the session; null for a plain connection. */
  readonly #cid: string | null;
  readonly #allKeys: boolean;
  /** Keys whose `init` the server has sent, and keys for which a `get` has arrived. */
  readonly #begun = new Set<string>();
  readonly #asked = new Set<string>();
  /** Undefined on a plain connection, and before the hello. */
  #holds: HoldMonitor | undefined;
  #greeted = false;
  #seq = 0;
  /** The highest n that was sent; `#acked` is the highest that was acknowledged. */
  #sent = 0;
  #pushed = false;
  #acked = 0;

  constructor(wires: Wires, name: string, url: string) {
    const { searchParams } = new URL(url);
    this.#wires = wires;
    this.#name = name;
    this.#cid = searchParams.get("cid");
    this.#allKeys = searchParams.get("keys") === "all";
  }

  /** S10: committed messages of a session arrived over the connection with the newest hello. */
  committed(acked: number): void {
    if (acked > this.#sent)
      violated("S10", `n ${acked} of ${this.#name} was committed, and its connection has sent ${this.#sent}`);
  }

  /** After a step: checks that this connection received all holds (I13). @returns whether some wait (D23). */
  waits(): boolean {
    return this.#holds?.waits() ?? false;
  }

  /** A frame leaves the server. */
  down(frame: string | Uint8Array): void {
    const message = parse(frame) as SessionMessageFromDb;
    if (message.type === "push" || message.type === "release") this.#broadcast(message);
    if (message.type === "holds") for (const push of this.#pushes(message)) this.#broadcast(push);
    if (this.#cid === null) return;
    if (!this.#greeted && message.type !== "hello")
      violated("S1", `the first frame to ${this.#name} is a ${message.type}`);
    if (message.type !== "hello" && this.#wires.current.get(this.#cid) !== this)
      violated("S10", `${this.#name} is sent something over a connection that was taken over`);
    if (message.type === "hello") {
      this.#greeted = true;
      this.#acked = this.#sent = message.acked;
      this.#wires.current.set(this.#cid, this);
      this.#holds = new HoldMonitor(this.#wires.holds, this.#name, this.#allKeys);
      this.#holds.hello(message);
    } else if (message.type === "init") {
      this.#begun.add(message.key);
      this.#holds?.init(message);
    } else if (message.type === "ack") {
      for (const [n, seq] of message.acks) this.#acknowledged(n, seq);
    } else if (message.type === "error" || message.type === "pong") {
      // D12, D23: earlier events no longer wait.
      this.#holds?.complete();
      if (message.type === "error" && message.n !== undefined) this.#acknowledged(message.n);
    }
  }

  /** A frame leaves the client. */
  up(frame: string | Uint8Array): void {
    const message = parse(frame) as SessionMessageToDb;
    if (message.type === "push") this.#sends(message);
    if (this.#cid === null) return;
    if (message.type === "get") {
      // Only presence and locks are subscribed and unsubscribed in between.
      if (this.#pushed && !this.#asked.has(message.key) && !message.key.startsWith("__"))
        violated("S5", `${this.#name} asks for ${message.key} after it has sent messages`);
      this.#asked.add(message.key);
      this.#holds?.asked(message.key);
      if (message.seq && !this.#wires.ledger.retained.has(message.seq))
        violated("S7", `${this.#name} resumes ${message.key} after ${message.seq}, which was not retained`);
    }
    const { holds } = this.#wires;
    if (message.type === "release") holds.sends(this.#cid, message.key);
    if (message.type === "unsubscribe") this.#holds?.unsubscribed(message.key);
    if (message.type !== "push") return;
    const { n, action, value } = message;
    if (action.type === "hold") {
      holds.sends(this.#cid, message.key, value);
      return;
    }
    if (action.type === "relay") {
      if (this.#wires.relays.get(value as string) !== this.#wires.now())
        violated("S5", `${this.#name} sends the relay ${value} late`);
      return;
    }
    // The stubborn client repeats messages that the room has (S3).
    if (n === undefined || (n !== this.#sent + 1 && this.#name !== "stubborn"))
      violated("S5", `${this.#name} sends n ${n} after ${this.#sent}`);
    this.#pushed = true;
    this.#sent = n;
    if (action.type === "compact" && !(value as { careless?: true }).careless)
      this.#compaction(`${message.key} ${action.seq}`, `${this.#cid} ${n}`);
  }

  /** Notes who sent a message that is to be retained (I14). */
  #sends({ key, value, action }: SessionMessageToDb & { type: "push" }): void {
    if (!RETAINING.has(action.type)) return;
    const seq = action.type === "compact" ? action.seq : null;
    const from = this.#cid === null ? null : sessionName(this.#cid);
    this.#wires.ledger.sends(from, { action: action.type, key, seq, json: JSON.stringify(value) });
  }

  #compaction(what: string, sender: string): void {
    const { tried } = this.#wires;
    this.#wires.compactions++;
    const own = `${what} ${this.#name}`;
    const before = tried.get(own);
    if (before === undefined && tried.has(what)) this.#wires.repeated++;
    if (before !== undefined && before !== sender)
      violated("S8", `${this.#name} sends a compaction once more: ${what}`);
    tried.set(own, sender).set(what, sender);
  }

  /** The holds of the frame as single pushes (D23). */
  #pushes({ key, seq: first, holds }: HoldsBroadcast): SessionBroadcast[] {
    const pushes: SessionBroadcast[] = [];
    for (let i = 0; i < holds.length; i += 2) {
      const seq = first + i / 2;
      const event = this.#wires.holds.event(seq);
      const was = seq - (holds[i] as number);
      if (!event || event.was !== was)
        violated("D23", `${this.#name} is told that seq ${seq} follows ${was}, and not ${event?.was}`);
      pushes.push({ type: "push", key, value: holds[i + 1], seq, from: event.from });
    }
    return pushes;
  }

  #broadcast(message: SessionMessageFromDb & { type: "push" | "release" }): void {
    const { key, seq } = message;
    const { value, prev } = message as Partial<SessionMessageFromDb & { type: "push" }>;
    const { ledger, holds } = this.#wires;
    if (seq <= this.#seq) violated("I1", `${this.#name} is sent seq ${seq} after ${this.#seq}`);
    this.#seq = seq;
    const before = ledger.prevOf(seq);
    const relayed = typeof value === "string" && this.#wires.relays.has(value);
    const held = holds.event(seq);
    if (before === undefined && !relayed && !held)
      violated("M5", `seq ${seq} is broadcast and was not committed`);
    ledger.leaves(key, value, seq);
    if (this.#cid === null) {
      if (message.type === "release" || message.from)
        violated("S9", `plain is told who holds what: seq ${seq}`);
      return;
    }
    if (held) this.#holds?.event(message);
    else if (message.from) violated("S9", `seq ${seq} is from ${message.from}, and no hold`);
    if (prev !== before) violated("S6", `seq ${seq} follows ${before} and says ${prev}`);
    if (!this.#allKeys && !this.#begun.has(key))
      violated("S2", `${this.#name} is sent seq ${seq} of ${key} before its history`);
  }

  #acknowledged(n: number, seq = 0): void {
    const session = this.#wires.disk().sessions.get(this.#cid as string);
    const stored = session?.acked ?? 0;
    const first = session?.seqs[n - 1 - stored + session.seqs.length];
    if (n <= stored && first !== seq)
      violated("S3", `${this.#name} is told that n ${n} has seq ${seq}, not ${first}`);
    if (n > stored) violated("M5", `${this.#name} is told that n ${n} is stored, and ${stored} is`);
    if (n > this.#acked + 1) violated("S4", `${this.#name} is told of n ${n} after ${this.#acked}`);
    this.#acked = Math.max(this.#acked, n);
  }
}

let newest: string | undefined;
let parsed: unknown;

/** Caches the newest frame: a broadcast is the same text for all connections. */
function parse(frame: string | Uint8Array): unknown {
  if (typeof frame !== "string") throw new Error("the simulation speaks JSON only");
  if (frame !== newest) {
    parsed = JSON.parse(frame);
    newest = frame;
  }
  return parsed;
}
