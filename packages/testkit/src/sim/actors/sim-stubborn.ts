import { CLOSE_NORMAL, CLOSE_OUT_OF_STEP, SESSION_VERSION } from "driftdb-protocol";
import type { ClientEnd } from "../network/client-end.js";
import type { Machine } from "../network/virtual-clock.js";
import { violated } from "../violation.js";
import type { SimWorld } from "../world.js";
import { LOG } from "./sim-client.js";
import { PRESENCE } from "./sim-holder.js";

/** Messages that it repeats at most, each time that it reconnects. */
const AGAIN = 20;

/**
 * A session client of another implementation. It ignores which messages the room has according to `hello`,
 * and repeats its newest ones after each reconnect (S3). It repeats its holds only at random (S9).
 */
export class SimStubborn {
  #socket: ClientEnd | undefined;
  #sessions = 0;
  #cid = "";
  /** The messages of this session; the first one has n 1. */
  #sent: string[] = [];
  /** The acknowledged seq of each n; 0 for a refusal. */
  #seqs = new Map<number, number>();
  #greeted = false;
  #shown = 0;

  constructor(
    readonly machine: Machine,
    readonly world: SimWorld,
    /** Opens a connection with the given query. */
    readonly dial: (query: string) => ClientEnd,
  ) {
    this.#renew();
  }

  connect(): void {
    this.leave();
    const socket = this.dial(`v=${SESSION_VERSION}&cid=${this.#cid}`);
    this.#socket = socket;
    this.#greeted = false;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data as string));
    socket.onclose = ({ code }) => {
      if (code === CLOSE_OUT_OF_STEP) this.#renew();
      setTimeout(() => this.connect(), this.world.random.int(100, 2_000));
    };
  }

  leave(): void {
    if (!this.#socket) return;
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close(CLOSE_NORMAL);
  }

  act(): void {
    if (!this.#greeted || this.#socket?.readyState !== 1) return;
    if (this.world.random.chance(0.3)) this.#show();
    else {
      this.#sent.push(`${this.machine.name}.${this.#sessions}#${this.#sent.length}`);
      this.#send(this.#sent.length);
    }
  }

  /** Shows a new presence, repeats the current one, or releases it. */
  #show(): void {
    const kind = this.world.random.int(0, 4);
    if (kind === 0) this.#write({ type: "release", key: PRESENCE });
    else {
      if (kind > 1) this.#shown++;
      const value = { client: this.machine.name, value: `${this.machine.name}@${this.#shown}` };
      this.#write({ type: "push", key: PRESENCE, value, action: { type: "hold" } });
    }
  }

  #renew(): void {
    this.#cid = `stubborn-and-of-128-bits-${++this.#sessions}`;
    this.#sent = [];
    this.#seqs.clear();
  }

  #receive(message: { type: string; acks?: [number, number][]; n?: number }): void {
    if (message.type === "hello") {
      this.#greeted = true;
      if (this.world.random.chance(0.5)) this.#show();
      const first = Math.max(1, this.#sent.length - this.world.random.int(0, AGAIN));
      for (let n = first; n <= this.#sent.length; n++) this.#send(n);
    } else if (message.type === "ack") {
      for (const [n, seq] of message.acks ?? []) this.#told(n, seq);
    } else if (message.type === "error" && message.n !== undefined) this.#told(message.n, 0);
  }

  #told(n: number, seq: number): void {
    const first = this.#seqs.get(n) ?? seq;
    if (first !== seq && !this.world.lossy)
      violated("S3", `${this.machine.name} is told that n ${n} has seq ${seq}, after ${first}`);
    this.#seqs.set(n, seq);
  }

  #send(n: number): void {
    const value = this.#sent[n - 1];
    this.#write({ type: "push", key: LOG, value, action: { type: "append" }, n });
  }

  #write(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
