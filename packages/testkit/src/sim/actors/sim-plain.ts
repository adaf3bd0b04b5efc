import { CLOSE_NORMAL } from "driftdb-protocol";
import { fold, type Id } from "../monitors/ledger.js";
import type { ClientEnd } from "../network/client-end.js";
import type { Machine } from "../network/virtual-clock.js";
import { violated } from "../violation.js";
import type { SimWorld } from "../world.js";
import { LOG, REDUCERS, STATE } from "./sim-client.js";

/** A client on a plain connection. It folds one key, and pushes messages without acknowledgements. */
export class SimPlain {
  readonly #key = REDUCERS[0] as string;
  #socket: ClientEnd | undefined;
  #connections = 0;
  #count = 0;
  #ids: Id[] = [];
  #through = 0;
  #begun = false;
  /** Folded states up to some seq, which it may send late as snapshots. */
  #snapshots: { seq: number; state: Id[] }[] = [];

  constructor(
    readonly machine: Machine,
    readonly world: SimWorld,
    readonly dial: () => ClientEnd,
  ) {}

  /** Opens a new connection: a plain client cannot notice a half-open one. */
  connect(): void {
    const old = this.#socket;
    if (old) {
      old.onclose = old.onmessage = null;
      old.close(CLOSE_NORMAL);
    }
    const socket = this.dial();
    this.#socket = socket;
    this.#connections++;
    this.#begun = false;
    this.#snapshots = [];
    socket.onopen = () => this.#send({ type: "get", key: this.#key });
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data as string));
    socket.onclose = () => setTimeout(() => this.connect(), this.world.random.int(100, 2_000));
  }

  leave(): void {
    if (!this.#socket) return;
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close(CLOSE_NORMAL);
  }

  /** Performs a random action. */
  act(): void {
    if (this.#socket?.readyState !== 1) return;
    const { random, relays, now } = this.world;
    // Messages arrive in order within a connection only, so each connection has ids of its own.
    const id = `${this.machine.name}.${this.#connections}#${++this.#count}`;
    const kind = random.int(0, 9);
    if (kind < 4) this.#push(this.#key, { apply: id }, { type: "append" });
    else if (kind < 6) this.#push(LOG, id, { type: "append" });
    else if (kind < 7) this.#push(STATE, { v: id }, { type: "replace" });
    else if (kind < 8) {
      relays.set(id, now());
      this.#push(LOG, id, { type: "relay" });
    } else if (this.#snapshots.length > 0) {
      // The snapshot is correct, and may be stale (M4).
      const { seq, state } = random.pick(this.#snapshots);
      this.#push(this.#key, { reset: state, careless: true }, { type: "compact", seq });
    }
  }

  /** The folded state of the key, once the history has arrived. */
  get view(): readonly Id[] | undefined {
    return this.#begun ? this.#ids : undefined;
  }

  #receive(message: { type: string; key: string; value: unknown; seq: number; data: Row[] }): void {
    if (message.key !== this.#key) return;
    if (message.type === "init") {
      this.#begun = true;
      this.#ids = [];
      this.#through = 0;
      for (const row of message.data) this.#fold(row);
      this.#check();
    } else if (message.type === "push" && this.#begun) {
      if (message.seq <= this.#through)
        violated("I3", `${this.machine.name} was given seq ${message.seq} after ${this.#through}`);
      this.#fold(message);
      this.#check();
    }
  }

  #fold({ seq, value }: Row): void {
    this.#ids = fold(this.#ids, value);
    this.#through = seq;
  }

  /** I10: it folds to the same state as clients that were there from the start. */
  #check(): void {
    if (this.#through === 0) return;
    const truth = this.world.ledger.of(this.#key, this.#through);
    if (!this.world.lossy && truth.join() !== this.#ids.join())
      violated("I10", `${this.machine.name} folds to ${this.#ids}, and not to ${truth}`);
    this.#snapshots.push({ seq: this.#through, state: this.#ids });
    if (this.#snapshots.length > 5) this.#snapshots.shift();
  }

  #push(key: string, value: unknown, action: { type: string; seq?: number }): void {
    this.#send({ type: "push", key, value, action });
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }
}

interface Row {
  readonly seq: number;
  readonly value: unknown;
}
