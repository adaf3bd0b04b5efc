import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { closeSlowClient } from "./slow-client.js";

const CHECK_INTERVAL_MS = 2_500;
/** The server pings each socket this often (S11). */
const PING_INTERVAL_MS = 25_000;
/** The server cuts a socket whose client sends nothing for this long (S11). */
const MAX_SILENCE_MS = 45_000;
/** The server closes a socket whose client reads nothing for this long, though bytes are unsent (S12). */
const MAX_STUCK_MS = 10_000;

/** The byte counts of a WebSocket's TCP connection. Connections of other kinds may lack them. */
export type ByteCounts = Partial<Pick<Socket, "bytesRead" | "bytesWritten">>;

interface Pulse {
  readonly wire: ByteCounts;
  /** Bytes that were read from the client, as of the last check. */
  bytesRead: number;
  /** When a check last found new bytes from the client. */
  lastRead: number;
  lastPing: number;
  /** Bytes that were sent, plus a constant, as of the last check. `undefined` if none were unsent. */
  bytesSent: number | undefined;
  /** When a check last found that more bytes were sent, or that none were unsent. */
  lastSent: number;
}

/** Whole milliseconds of a steady clock: with a fraction, each number in a pulse would be a heap object. */
const now = (): number => Math.floor(performance.now());

/** NaN where bytes are not counted: it differs from itself, so such a client never counts as silent. */
const bytesReadFrom = ({ bytesRead = Number.NaN }: ByteCounts): number => bytesRead;

/** Pings all sockets, and ends those whose client is silent (S11) or does not read (S12). */
export class Heartbeat {
  readonly #pulses = new Map<WebSocket, Pulse>();
  #timer: NodeJS.Timeout | undefined;

  get sockets(): Iterable<WebSocket> {
    return this.#pulses.keys();
  }

  /**
   * @param wire the TCP connection. If it does not count bytes, its client never counts as silent, and only a
   * smaller number of unsent bytes shows that the client reads.
   */
  watch(socket: WebSocket, wire: ByteCounts): void {
    const time = now();
    const pulse = {
      wire,
      bytesRead: bytesReadFrom(wire),
      lastRead: time,
      lastPing: time,
      bytesSent: undefined,
      lastSent: time,
    };
    this.#pulses.set(socket, pulse);
    this.#timer ??= setInterval(() => this.#check(now()), CHECK_INTERVAL_MS).unref();
  }

  unwatch(socket: WebSocket): void {
    this.#pulses.delete(socket);
    if (this.#pulses.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #check(time: number): void {
    for (const [socket, pulse] of this.#pulses) {
      const { bufferedAmount } = socket;
      // Not the unsent bytes alone: a long history refills them as they are sent.
      const bytesSent = bufferedAmount > 0 ? (pulse.wire.bytesWritten ?? 0) - bufferedAmount : undefined;
      if (bytesSent === undefined || bytesSent > (pulse.bytesSent ?? bytesSent)) pulse.lastSent = time;
      pulse.bytesSent = bytesSent;
      // Nothing is read from a client that is paused because it was too fast.
      const bytesRead = bytesReadFrom(pulse.wire);
      if (bytesRead !== pulse.bytesRead || socket.isPaused) pulse.lastRead = time;
      pulse.bytesRead = bytesRead;
      if (time - pulse.lastRead >= MAX_SILENCE_MS) socket.terminate();
      else if (time - pulse.lastSent >= MAX_STUCK_MS) closeSlowClient(socket);
      else if (time - pulse.lastPing >= PING_INTERVAL_MS) {
        pulse.lastPing = time;
        socket.ping();
      }
    }
  }
}
