/** Silence after which a ping is sent; also the longest a dial may take. All times are in milliseconds (S11). */
const QUIET = 20_000;
/** Silence after a ping by which the socket counts as dead. */
const PONG = 8_000;
/** The same when the page wakes up, and its user looks at it. */
const PROBE = 3_000;
/** How long an open socket may be without `hello` until a ping finds out who is there, and how long after that (S1). */
const GREETING = 3_000;
const GREETING_PROBED = 7_000;
/** A connection that lasted this long starts the delays over. */
const HEALTHY = 5_000;
/** The first retry comes at a random moment within this, each later one within twice as much … */
const RETRY = 1_000;
/** … up to this. */
const RETRY_MOST = 30_000;
/** The clients of a server that restarts come back spread over this. */
const RESTART = 5_000;

/** The close codes after which a client may not retry (S13): those of `mayRetry` in driftdb-protocol, in short. */
const FINAL = [1008, 1009, 4001, 4003, 4004];

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

/** What a transition depends on beside the state. */
export interface Circumstances {
  /** Of a clock that never goes back; more than 0. */
  readonly now: number;
  /** A random number from 0 to 1. */
  readonly random: number;
  /** Whether a ping is unanswered. */
  readonly pinging: boolean;
  /** For how long no frame has come. */
  readonly silence: number;
  readonly url?: string;
  readonly code?: number;
}

/**
 * What to do. `drop`: forget the socket, if there is one, and the timer. `dial`: open a new socket. `resync`:
 * tell the socket what it has to know. A number: start the one timer over, with so many milliseconds.
 */
export type ConnectionEffect = "dial" | "drop" | "ping" | "resync" | number;

type Next = [ConnectionState, ...ConnectionEffect[]];

export const IDLE: ConnectionState = { phase: "idle", url: "", opened: 0, retries: 0 };

/** The rules of a connection (S1, S11, S13), without sockets, timers, clock or chance of their own. */
export function transition(state: ConnectionState, event: ConnectionEvent, given: Circumstances): Next {
  const { phase } = state;
  const { now, random, pinging, silence, url, code = 1006 } = given;
  const open = phase === "open";
  const handshake = phase === "handshake";

  const dial = (from: ConnectionState): Next => [{ ...from, phase: "connecting" }, "drop", "dial", QUIET];

  const lose = (): Next => {
    if (FINAL.includes(code) || event === "foreign") return [{ ...IDLE, phase: "refused" }, "drop"];
    const retries = open && now - state.opened >= HEALTHY ? 0 : state.retries;
    const within = code === 1012 ? RESTART : Math.min(RETRY * 2 ** retries, RETRY_MOST);
    return [{ ...state, phase: "waiting", retries: retries + 1 }, "drop", random * within];
  };

  if (event === "disconnect") return [{ ...IDLE, phase: "disconnected" }, "drop"];
  if (event === "connect" && url !== state.url) return dial({ ...IDLE, url: url as string });
  if (phase === "waiting" && /connect|due|wake/.test(event)) return dial(state);
  if (open) {
    if (event === "alive") return [state, pinging ? PONG : QUIET];
    if (event === "wake") return [state, "ping", PROBE];
    // A timer is not started over for each frame: in a browser, that takes longer than the frame.
    if (event === "due" && !pinging) return [state, silence < QUIET ? Math.ceil(QUIET - silence) : "ping"];
  }
  if (handshake) {
    if (event === "hello") return [{ ...state, phase: "open", opened: now }, "resync", QUIET];
    if (event === "due" && !pinging) return [state, "ping", GREETING_PROBED];
  }
  if (phase === "connecting" && event === "opened") return [{ ...state, phase: "handshake" }, GREETING];
  if ((open || handshake || phase === "connecting") && /lost|due|offline|foreign/.test(event)) return lose();
  return [state];
}
