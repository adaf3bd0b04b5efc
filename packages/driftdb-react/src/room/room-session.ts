import { DbConnection, type DriftDBError, RoomNotFoundError } from "driftdb";
import { endSharedStores } from "../stores/shared-stores.js";
import { findRoom, retryAfter } from "./find-room.js";
import { putRoomInUrl } from "./page-url.js";
import { CONNECTING, statusStore } from "./status-store.js";

type Report = (error: Error) => void;

/** The room that a session connects to, and how it connects. */
export interface RoomTarget {
  readonly api: string;
  readonly room: string | undefined;
  readonly useBinary: boolean;
}

/**
 * Milliseconds between two requests for the room, doubled after each. Up to as much again is added at random.
 */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 15_000;
/** The same after a lost connection: most connections return within it, without a request. */
const LOST_DELAY = 5_000;

/**
 * One connection to one room, from the request for the room to the last message sent. The constructor has no
 * effects, so that a render may call it and React may discard the result. The session has effects between
 * `start` and `stop` only.
 */
export class RoomSession {
  readonly db = new DbConnection();
  readonly #status = statusStore(this.db);
  /** The last error that was reported since the connection was there; empty if there is none. */
  #reported = "";
  #running: AbortController | undefined;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  /** Ends the pause between two requests. */
  #wake = () => {};

  constructor(readonly target: RoomTarget) {
    this.#status.override(CONNECTING);
    this.#status.room = target.room;
  }

  /** Starts, or goes on if `stop` was called in the same task. */
  start(report: Report): void {
    clearTimeout(this.#stopping);
    if (this.#running) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const undo = [
      this.db.errorListener.addListener(report),
      this.db.statusListener.addListener((status) => {
        // While the connection is "connecting", the session's own status may also say why that takes so long.
        if (status.reason !== "connecting") this.#status.override(undefined);
        if (status.connected) this.#reported = "";
        else if (status.error) this.#reportOnce(status.error, report);
      }),
    ];
    signal.addEventListener("abort", () => {
      for (const remove of undo) remove();
    });
    addEventListener("online", () => this.#wake(), { signal });
    void this.#run(signal, report);
  }

  /**
   * Stops a task later: StrictMode and hot reload clean up the effects of a component that stays, and run
   * them again.
   */
  stop(): void {
    this.#stopping = setTimeout(() => {
      this.#running?.abort();
      this.#running = undefined;
      this.#wake();
      // Before the connection ends: stores may hold back the last values that were set.
      endSharedStores(this.db);
      this.db.disconnect();
      this.#status.override(CONNECTING);
    });
  }

  /**
   * Finds the room and connects. Later, if the connection stays away, asks whether the room still exists: a
   * browser cannot see why a socket does not open (S14). The user sees the answer, but the session goes on
   * asking, since a proxy may answer the same while its server restarts.
   */
  async #run(signal: AbortSignal, report: Report): Promise<void> {
    const { db } = this;
    let dialled = false;
    let delay = FIRST_DELAY;

    while (!signal.aborted && !isRefused(db)) {
      let shortest = 0;
      try {
        if (db.status.connected) {
          await connectionLost(db);
        } else {
          const { room, socket_url } = await findRoom(this.target.api, this.#status.room);
          if (signal.aborted) return;
          // Once found, the room stays the same, even if the page's URL changes.
          if (!this.#status.room) {
            this.#status.room = room;
            putRoomInUrl(room);
          }
          this.#status.override(dialled ? undefined : CONNECTING);
          if (!dialled) void db.connect(socket_url, this.target.useBinary);
          dialled = true;
        }
        this.#reported = "";
        delay = LOST_DELAY;
      } catch (thrown) {
        if (signal.aborted) return;
        const error = thrown as DriftDBError;
        this.#reportOnce(error, report);
        // Meanwhile, the server has refused the socket for good.
        if (isRefused(db)) return;
        const wait = retryAfter(error);
        const final = wait === undefined && !dialled;
        const reason = final ? "refused" : (dialled && db.status.reason) || "connecting";
        this.#status.override({ connected: false, reason, error });
        if (final) return;
        shortest = wait ?? 0;
      }
      await this.#pause(Math.max(shortest, delay * (1 + Math.random())));
      delay = Math.min(2 * delay, LONGEST_DELAY);
    }
  }

  /**
   * Reports an error unless it was the last one. The socket and the request for the room may fail for the
   * same reason.
   */
  #reportOnce(error: DriftDBError, report: Report): void {
    const what = error instanceof RoomNotFoundError ? "no room" : error.code;
    if (what !== this.#reported) report(error);
    this.#reported = what;
  }

  /** Waits, at most until the browser is online again. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isRefused(db: DbConnection): boolean {
  return db.status.reason === "refused";
}

/** Resolves when the connection is lost, or was given up. */
function connectionLost(db: DbConnection): Promise<void> {
  return new Promise((resolve) => {
    const undo = db.statusListener.addListener((status) => {
      if (status.connected) return;
      undo();
      resolve();
    });
  });
}
