import { createServer, type DriftDBServer, type Limits } from "driftdb-server";
import { afterEach } from "vitest";
import { WebSocket } from "ws";
import { DbConnection } from "../src/connection/db-connection.js";
import { Api } from "../src/http/api.js";
import type { WebSocketConstructor } from "../src/wire/web-socket.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Runs after the test, in reverse order. */
export function afterTest(clean: () => unknown): void {
  cleanups.push(clean);
}

/** A server for the running test. */
export async function startServer(
  limits: Partial<Limits> | false = false,
): Promise<{ server: DriftDBServer; api: Api }> {
  const server = createServer({ memory: true, limits });
  afterTest(() => server.close());
  return { server, api: new Api(await server.listen({ port: 0, host: "127.0.0.1" })) };
}

/** A client whose network the test can cut, and whose frames it can see. */
export class TestClient {
  /** What went over the wire, up, decoded; JSON connections only. */
  readonly sent: { type: string; [field: string]: unknown }[] = [];
  /** The URLs dialled. */
  readonly dialled: URL[] = [];
  readonly errors: unknown[] = [];
  readonly db: DbConnection;
  /** Whether new sockets reach the server. */
  online = true;
  #sockets: WebSocket[] = [];

  constructor(options: { keys?: "all" } = {}) {
    const client = this;
    this.db = new DbConnection({
      ...options,
      websocketConstructor: class extends WebSocket {
        constructor(url: string) {
          // Nobody listens on port 1.
          super(client.online ? url : "ws://127.0.0.1:1/");
          client.dialled.push(new URL(url));
          client.#sockets.push(this);
        }

        override send(data: string | Uint8Array): void {
          if (typeof data === "string") client.sent.push(JSON.parse(data));
          super.send(data);
        }
      } as unknown as WebSocketConstructor,
    });
    this.db.errorListener.addListener((error) => this.errors.push(error));
    afterTest(() => this.db.disconnect());
  }

  get socket(): WebSocket | undefined {
    return this.#sockets.at(-1);
  }

  /**
   * The network goes, with whatever is on the way.
   *
   * @returns a promise of the moment in which the client knows.
   */
  cut(): Promise<void> {
    const lost = new Promise<void>((resolve) => {
      const undo = this.db.statusListener.addListener(({ connected }) => {
        if (connected) return;
        undo();
        resolve();
      });
    });
    this.socket?.terminate();
    return lost;
  }

  ofType(type: string) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean, what = String(holds)): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const append = (key: string, value: unknown) =>
  ({ type: "push", key, value, action: { type: "append" } }) as const;
export const replace = (key: string, value: unknown) =>
  ({ type: "push", key, value, action: { type: "replace" } }) as const;
export const relay = (key: string, value: unknown) =>
  ({ type: "push", key, value, action: { type: "relay" } }) as const;
export const compact = (key: string, seq: number, value: unknown) =>
  ({ type: "push", key, value, action: { type: "compact", seq } }) as const;
