import type { MessageToDb } from "driftdb-protocol";
import { vi } from "vitest";
import { DbConnection } from "../src/connection/db-connection.js";
import type { Endpoint, ModelRoom, ModelSocket } from "./model-room.js";

export const MODEL_URL = "ws://model/room/r/connect";

/** Timers and clock that the test moves. */
export function useModelTime(): void {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
  // A clock that has just been started says 0, which a browser's never does.
  vi.advanceTimersByTime(1);
}

/** What has become of a promise. */
export function watch(promise: Promise<unknown>): { outcome: unknown } {
  const watched = { outcome: "pending" as unknown };
  promise.then(
    (value) => {
      watched.outcome = ["resolved", value];
    },
    (error) => {
      watched.outcome = error;
    },
  );
  return watched;
}

/** Lets promises have their say. */
export const turn = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

export const append = (key: string, value: unknown): MessageToDb => ({
  type: "push",
  key,
  value,
  action: { type: "append" },
});

/** A page with a connection to a model room. */
export class Page {
  readonly endpoint: Endpoint;
  readonly db: DbConnection;
  /** The errors that errorListener received. */
  readonly errors: unknown[] = [];

  constructor(readonly room: ModelRoom) {
    this.endpoint = room.endpoint();
    this.db = new DbConnection({ websocketConstructor: this.endpoint.WebSocket });
    this.db.errorListener.addListener((error) => this.errors.push(error));
  }

  /** Connects, and lets all through. */
  open(): this {
    void this.db.connect(MODEL_URL);
    this.room.flow();
    return this;
  }

  /** The newest socket. */
  get socket(): ModelSocket {
    const { socket } = this.endpoint;
    if (!socket) throw new Error("nothing was dialled yet");
    return socket;
  }

  /** The socket is lost, after the room has read the first few frames, and the next one is dialled. */
  reconnect(through = 0): void {
    this.socket.cut(through);
    this.redial();
  }

  /** Lets the retry delay pass. */
  redial(): void {
    const { socket } = this.endpoint;
    while (this.endpoint.socket === socket) vi.advanceTimersByTime(100);
  }
}
