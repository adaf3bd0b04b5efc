import { CLOSE_LOST, CLOSE_RESTART, mayRetry } from "driftdb-protocol";
import {
  GREETING,
  GREETING_PROBED,
  HEALTHY,
  PONG,
  PROBE,
  QUIET,
  RESTART,
  RETRY,
  RETRY_MOST,
} from "./timings.js";

/** Where a connection stands. */
export interface ConnectionState {
  /**
   * - `idle`: connect() was not called yet.
   * - `connecting`: a socket is being opened.
   * - `handshake`: it is open, and the server's `hello` has not come yet (S1).
   * - `open`: messages flow.
   * - `waiting`: the socket was lost, and the next dial comes after a delay.
   * - `disconnected`: disconnect() was called.
   * - `refused`: the server closed with a code that may not be retried (S13), or does not speak sessions.
   */
  readonly phase: "idle" | "connecting" | "handshake" | "open" | "waiting" | "disconnected" | "refused";
  /** The room's address; empty when idle, disconnected or refused. */
  readonly url: string;
  /** When it last opened; 0 if it did not since connect(). */
  readonly opened: number;
  /** Retries since the connection was last healthy. */
  readonly retries: number;
}

export type ConnectionEvent =
  /** connect() was called, with `url`. */
  | "connect"
  /** disconnect() was called. */
  | "disconnect"
  /** The socket opened. */
  | "opened"
  /** The first frame came, and was `hello`. */
  | "hello"
  /** A frame came that shows that the server does not speak sessions. */
  | "foreign"
  /** A ping was sent while none was unanswered, or a frame came while one was. */
  | "alive"
  /** The timer went off. */
  | "due"
  /** The page was shown, the network came, or the clock jumped. */
  | "wake"
  /** The network went. */
  | "offline"
  /** The socket closed, with `code`. */
  | "lost";

/** What a transition depends on, apart from the state and the event. Times are in milliseconds. */
export interface Circumstances {
  /** Of a clock that never goes back; more than 0. */
  readonly now: number;
  /** A random number from 0 to 1. */
  readonly random: number;
  /** Whether a ping is unanswered. */
  readonly pinging: boolean;
  /** For how long no frame has come. */
  readonly silence: number;
  /** The address to connect to. */
  readonly url?: string;
  /** The code of a socket that closed. Default `CLOSE_LOST`. */
  readonly code?: number;
}

export type ConnectionEffect =
  /** Forget the socket, if there is one, and stop the timer. */
  | "drop"
  /** The same, and open a new socket. */
  | "dial"
  /** Send a ping. */
  | "ping"
  /** Send the server this session's keys and its unacknowledged messages (S5). */
  | "resync";

/** The next state, what to do, and then with how many milliseconds to start the one timer over. */
export type Next = readonly [state: ConnectionState, effect?: ConnectionEffect | undefined, timer?: number];

export const IDLE: ConnectionState = { phase: "idle", url: "", opened: 0, retries: 0 };

/** The rules of a connection (S1, S11, S13), without sockets, timers, clock or chance of their own. */
export function transition(state: ConnectionState, event: ConnectionEvent, given: Circumstances): Next {
  const { phase } = state;
  const { now, pinging, silence, url } = given;

  if (event === "disconnect") return [{ ...IDLE, phase: "disconnected" }, "drop"];
  if (event === "connect" && url !== state.url) return dial({ ...IDLE, url: url as string });
  // No connection is wanted.
  if (!state.url) return [state];

  if (phase === "waiting") {
    return event === "connect" || event === "due" || event === "wake" ? dial(state) : [state];
  }
  if (phase === "connecting" && event === "opened") {
    return [{ ...state, phase: "handshake" }, undefined, GREETING];
  }
  if (phase === "handshake") {
    if (event === "hello") return [{ ...state, phase: "open", opened: now }, "resync", QUIET];
    if (event === "due" && !pinging) return [state, "ping", GREETING_PROBED];
  }
  if (phase === "open") {
    if (event === "alive") return [state, undefined, pinging ? PONG : QUIET];
    if (event === "wake") return [state, "ping", PROBE];
    if (event === "due" && !pinging) {
      // A timer is not started over for each frame: in a browser, that takes longer than the frame.
      return silence < QUIET ? [state, undefined, Math.ceil(QUIET - silence)] : [state, "ping"];
    }
  }
  const isEnd = event === "lost" || event === "due" || event === "offline" || event === "foreign";
  return isEnd ? lose(state, event, given) : [state];
}

function dial(state: ConnectionState): Next {
  return [{ ...state, phase: "connecting" }, "dial", QUIET];
}

function lose(state: ConnectionState, event: ConnectionEvent, given: Circumstances): Next {
  const { now, random, code = CLOSE_LOST } = given;
  if (!mayRetry(code) || event === "foreign") return [{ ...IDLE, phase: "refused" }, "drop"];
  const wasHealthy = state.phase === "open" && now - state.opened >= HEALTHY;
  const retries = wasHealthy ? 0 : state.retries;
  const within = code === CLOSE_RESTART ? RESTART : Math.min(RETRY * 2 ** retries, RETRY_MOST);
  return [{ ...state, phase: "waiting", retries: retries + 1 }, "drop", random * within];
}
