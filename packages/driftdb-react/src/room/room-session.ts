import { DbConnection, type DriftDBError, RoomNotFoundError, type RoomResult } from "driftdb";
import { endSharedStores } from "../stores/shared-stores.js";
import { findRoom, retryAfter } from "./find-room.js";
import { putRoomInUrl } from "./page-url.js";
import { CONNECTING, statusStore } from "./status-store.js";

type Report = (error: Error) => void;

/** Milliseconds from one look for the room to the next, doubled each time, with up to as much again at random. */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 15_000;
/** The same after a lost connection, which most often is back by itself before. */
const LOST_DELAY = 5_000;

/**
 * One connection to one room, from looking for the room to the last word sent. To make one has no effect outside
 * of it, so that a render may, and React may throw the render away. All else is between `start` and `stop`.
 */
export class RoomSession {
  readonly db = new DbConnection();
  readonly #status = statusStore(this.db);
  /** Which error was reported last, of this time that the connection is away. */
  #reported = "";
  #running: AbortController | undefined;
  #ending: ReturnType<typeof setTimeout> | undefined;
  /** Ends the pause. */
  #wake = () => {};

  constructor(
    readonly api: string,
    readonly room: string | undefined,
    readonly useBinary: boolean,
  ) {
    this.#status.putInFront(CONNECTING);
    this.#status.room = room;
  }

  /** Begins, or goes on if `stop` was called in the same task. */
  start(report: Report): void {
    clearTimeout(this.#ending);
    if (this.#running) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const undo = [
      this.db.errorListener.addListener(report),
      this.db.statusListener.addListener((status) => {
        // What the provider says of connecting is the same, and may say why it takes so long.
        if (status.reason !== "connecting") this.#status.putInFront(undefined);
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
   * Ends a task later: StrictMode and hot reload clean up the effects of a component that stays, and run them again
   * at once.
   */
  stop(): void {
    this.#ending = setTimeout(() => {
      this.#running?.abort();
      this.#running = undefined;
      this.#wake();
      // Before the connection goes: the last values set may still be held back.
      endSharedStores(this.db);
      this.db.disconnect();
      this.#status.putInFront(CONNECTING);
    });
  }

  /**
   * Finds the room and connects. Later, when the connection stays away, looks whether the room is still there: a
   * browser cannot see why a socket does not open (S14). That answer is shown, but it is not the last word, since a
   * proxy says the same while its server restarts.
   */
  async #run(signal: AbortSignal, report: Report): Promise<void> {
    const { db } = this;
    let dialled = false;
    let delay = FIRST_DELAY;

    while (!signal.aborted && !isRefused(db)) {
      let least = 0;
      try {
        if (db.status.connected) {
          await lost(db);
        } else {
          const { socket_url } = await this.#find(signal);
          if (signal.aborted) return;
          this.#status.putInFront(dialled ? undefined : CONNECTING);
          if (!dialled) void db.connect(socket_url, this.useBinary);
          dialled = true;
        }
        this.#reported = "";
        delay = LOST_DELAY;
      } catch (thrown) {
        if (signal.aborted) return;
        const error = thrown as DriftDBError;
        this.#reportOnce(error, report);
        // The socket has found out for good meanwhile.
        if (isRefused(db)) return;
        const wait = retryAfter(error);
        const final = wait === undefined && !dialled;
        const reason = final ? "refused" : (dialled && db.status.reason) || "connecting";
        this.#status.putInFront({ connected: false, reason, error });
        if (final) return;
        least = wait ?? 0;
      }
      await this.#pause(Math.max(least, delay * (1 + Math.random())));
      delay = Math.min(2 * delay, LONGEST_DELAY);
    }
  }

  /** The socket and the look for the room may find the same thing out. */
  #reportOnce(error: DriftDBError, report: Report): void {
    const what = error instanceof RoomNotFoundError ? "no room" : error.code;
    if (what !== this.#reported) report(error);
    this.#reported = what;
  }

  /** Once found, the room stays the one, wherever the page's URL goes. */
  async #find(signal: AbortSignal): Promise<RoomResult> {
    const known = this.#status.room;
    const result = await findRoom(this.api, known);
    if (!known && !signal.aborted) {
      this.#status.room = result.room;
      putRoomInUrl(result.room);
    }
    return result;
  }

  /** Waits, but no longer than until the network is back. */
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

/** Waits until the connection is lost, or given up. */
function lost(db: DbConnection): Promise<void> {
  return new Promise((resolve) => {
    const undo = db.statusListener.addListener((status) => {
      if (status.connected) return;
      undo();
      resolve();
    });
  });
}
