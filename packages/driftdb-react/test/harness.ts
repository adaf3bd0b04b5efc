import { createServer as createHttpServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { cleanup, configure } from "@testing-library/react";
import { Api, DbConnection, type RoomResult } from "driftdb";
import { createServer, type DriftDBServer, type Limits } from "driftdb-server";
import { afterEach, beforeEach } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";

// The machine may be busy.
configure({ asyncUtilTimeout: 10_000 });

/** The socket of the page under test: a real one that remembers what was sent through it. */
class PageWebSocket extends NodeWebSocket {
  override send(data: string | Uint8Array): void {
    page.sent.push(String(data));
    super.send(data);
  }
}

/** The page under test. */
export const page = {
  /** The frames that it has sent through its WebSockets. */
  sent: [] as string[],
  /** How often the page asked for the messages of a key. */
  gets: (key: string) =>
    page.sent.map((frame) => JSON.parse(frame)).filter((frame) => frame.type === "get" && frame.key === key)
      .length,
};

/** A real server that counts its requests and sockets. */
export class TestServer {
  /** Method and path of each request, in order. */
  readonly requests: string[] = [];
  /** The sockets of the WebSockets that are open. */
  readonly open = new Set<Duplex>();
  /** How many WebSockets were opened in all. */
  upgrades = 0;
  #port = 0;
  readonly #limits: Partial<Limits> | false;
  #db: DriftDBServer;
  #http: Server | undefined;

  constructor(limits: Partial<Limits> | false = false) {
    this.#limits = limits;
    this.#db = createServer({ memory: true, limits });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** How often clients asked for a new room. */
  get newRooms(): number {
    return this.requests.filter((request) => request === "POST /new").length;
  }

  async up(): Promise<void> {
    const http = createHttpServer();
    this.#db.attach(http);
    http.on("request", ({ method, url }) => this.requests.push(`${method} ${url}`));
    http.on("upgrade", (_request, socket) => {
      this.upgrades += 1;
      this.open.add(socket);
      socket.on("close", () => this.open.delete(socket));
    });
    await new Promise<void>((resolve) => http.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
  }

  /** Stops listening and cuts all sockets. The rooms stay for the next `up`. */
  async down(): Promise<void> {
    const http = this.#http;
    if (http === undefined) return;
    this.#http = undefined;
    const closed = new Promise((resolve) => http.close(resolve));
    http.closeAllConnections();
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  /** Restarts without the rooms. */
  async loseRooms(): Promise<void> {
    await this.close();
    this.#db = createServer({ memory: true, limits: this.#limits });
    await this.up();
  }

  async close(): Promise<void> {
    await this.down();
    await this.#db.close();
  }

  /** Creates a room, as another client. */
  newRoom(): Promise<RoomResult> {
    return new Api(this.url).newRoom();
  }

  /** Adds another client to the room. */
  async join(room: string): Promise<DbConnection> {
    const db = new DbConnection({ websocketConstructor: NodeWebSocket as unknown as typeof WebSocket });
    others.add(db);
    await db.connect((await new Api(this.url).getRoom(room)).socket_url);
    return db;
  }
}

const others = new Set<DbConnection>();

/** The room's id in the page's URL. */
export function roomOfPage(): string {
  const room = new URLSearchParams(location.search).get("_driftdb_room");
  if (room === null) throw new Error(`there is no room in ${location.href}`);
  return room;
}

/** Gives each test of the file a server and an empty page. */
export function testServer(): { readonly server: TestServer } {
  const running: { server: TestServer } = { server: new TestServer() };
  const original = globalThis.WebSocket;
  beforeEach(async () => {
    globalThis.WebSocket = PageWebSocket as unknown as typeof WebSocket;
    page.sent.length = 0;
    history.replaceState(null, "", "/");
    running.server = new TestServer();
    await running.server.up();
  });
  afterEach(async () => {
    cleanup();
    for (const db of others) db.disconnect();
    others.clear();
    await running.server.close();
    globalThis.WebSocket = original;
  });
  return running;
}

/** A promise, and the function that resolves it. */
export function gate<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((open) => {
    resolve = open;
  });
  return { promise, resolve };
}
