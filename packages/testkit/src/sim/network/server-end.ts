import { EventEmitter } from "node:events";
import { CLOSE_LOST, MAX_UNSENT_BYTES } from "driftdb-protocol";
import { violated } from "../violation.js";
import type { End, Frame, Line } from "./line.js";
import { WEIGHT } from "./one-way.js";

/** The server's end of a connection: as much of a `ws` socket as the server uses. */
export class ServerEnd extends EventEmitter implements End {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  /** What has arrived, as the server's heartbeat counts it: frames, and not their bytes. */
  bytesRead = 0;
  /** Called before each frame is sent. The machine may crash in it. */
  sending = () => {};
  readonly #line: Line;
  /** What arrived while the socket was paused. */
  #held: (() => void)[] = [];
  /** Unsent bytes that S12 allows: those of an `init`, until they are sent. */
  #free = 0;

  constructor(line: Line) {
    super();
    this.#line = line;
  }

  get bufferedAmount(): number {
    return this.#line.down.unsent;
  }

  send(frame: Frame, sent?: () => void): void {
    const { down, client, watchDown } = this.#line;
    if (this.readyState !== 1 || !down.sender.alive) return;
    this.sending();
    if (!down.sender.alive) return;
    watchDown(frame);
    const unsent = this.bufferedAmount;
    if (/^\{"type":"(init|hello|pong|stream_size|error)"/.test(frame as string))
      this.#free = unsent + frame.length * WEIGHT;
    this.#free = Math.min(this.#free, unsent + frame.length * WEIGHT);
    if (unsent > this.#free + MAX_UNSENT_BYTES)
      violated("I12", `${unsent} bytes wait to be sent to one client`);
    down.send(frame.length, () => client.received(frame), sent);
  }

  ping(): void {
    const { down, up, client } = this.#line;
    // A browser answers a ping by itself.
    down.send(0, () => {
      if (client.readyState === 1) up.send(0, () => void this.bytesRead++);
    });
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    const { down, up, client } = this.#line;
    down.send(0, () => {
      client.closed(code);
      up.send(0, () => this.closed(code));
    });
  }

  terminate(): void {
    if (this.readyState === 3) return;
    this.#line.cut();
    this.closed(CLOSE_LOST);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const call of this.#held.splice(0)) call();
  }

  received(frame: Frame): void {
    if (this.isPaused) {
      this.#held.push(() => this.received(frame));
      return;
    }
    this.bytesRead++;
    const text = typeof frame === "string";
    // Like `ws`, a socket that is closing still emits the messages that arrive.
    if (this.readyState < 3) this.emit("message", Buffer.from(frame as string), !text);
  }

  closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit("close", code);
  }
}
