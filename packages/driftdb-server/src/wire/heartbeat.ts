import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { giveUp } from "./slow-client.js";

/** Milliseconds (S11, S12). */
const LOOK_EVERY = 2_500;
const PING_EVERY = 25_000;
const MOST_SILENT = 45_000;
const MOST_STUCK = 10_000;

/** What carries a WebSocket, as far as it counts the bytes that were read from it and written to it. */
export type Counted = Partial<Pick<Socket, "bytesRead" | "bytesWritten">>;

interface Pulse {
  readonly wire: Counted;
  /** How many bytes had been read at the last look, and when a look last found more of them. */
  read: number;
  heard: number;
  pinged: number;
  /** How many bytes it had taken at the last look, from some number on, if some were unsent, and since when none. */
  taken: number | undefined;
  stuckSince: number;
}

/** Whole milliseconds of a steady clock: a fraction would take an object of its own in each pulse. */
const clock = (): number => Math.floor(performance.now());

/** Bytes so far. NaN, which is not the same as before at any look, where they are not counted. */
const readFrom = ({ bytesRead = Number.NaN }: Counted): number => bytesRead;

/** Finds the sockets whose client has gone without a word (S11), or does not read (S12). */
export class Heartbeat {
  readonly #pulses = new Map<WebSocket, Pulse>();
  #timer: NodeJS.Timeout | undefined;

  /** The sockets that it watches. */
  get sockets(): Iterable<WebSocket> {
    return this.#pulses.keys();
  }

  /**
   * @param wire what carries it. Where it counts no bytes, its client is never found silent, and has taken something
   *   where less is unsent than before.
   */
  watch(socket: WebSocket, wire: Counted): void {
    const now = clock();
    const pulse = { wire, read: readFrom(wire), heard: now, pinged: now, taken: undefined, stuckSince: now };
    this.#pulses.set(socket, pulse);
    this.#timer ??= setInterval(() => this.#look(clock()), LOOK_EVERY).unref();
  }

  /** A socket has closed. */
  forget(socket: WebSocket): void {
    this.#pulses.delete(socket);
    if (this.#pulses.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(now: number): void {
    for (const [socket, pulse] of this.#pulses) {
      const { bufferedAmount } = socket;
      // What is taken of a long history is made up for at once: that as much is unsent as before says nothing.
      const taken = bufferedAmount > 0 ? (pulse.wire.bytesWritten ?? 0) - bufferedAmount : undefined;
      if (taken === undefined || taken > (pulse.taken ?? taken)) pulse.stuckSince = now;
      pulse.taken = taken;
      // One that is paused, since it was too fast, cannot be heard.
      const read = readFrom(pulse.wire);
      if (read !== pulse.read || socket.isPaused) pulse.heard = now;
      pulse.read = read;
      if (now - pulse.heard >= MOST_SILENT) socket.terminate();
      else if (now - pulse.stuckSince >= MOST_STUCK) giveUp(socket);
      else if (now - pulse.pinged >= PING_EVERY) {
        pulse.pinged = now;
        socket.ping();
      }
    }
  }
}
