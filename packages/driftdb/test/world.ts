import type { MessageToDb } from "driftdb-protocol";
import { createServer, type DriftDBServer } from "driftdb-server";
import { FaultProxy } from "driftdb-testkit";
import { vi } from "vitest";
import WebSocket from "ws";
import { Api, HttpConnection, type RoomResult } from "../src/index.js";
import type { Client, Db } from "./published.js";

/** A real server with one room, a network in front of it that can fail, and a record of what clients do. */
export class World {
  /** The URLs that were dialled. */
  readonly urls: string[] = [];
  /** What clients sent, in text. */
  readonly frames: MessageToDb[] = [];
  /** Unhandled rejections. */
  readonly rejections: unknown[] = [];
  readonly sockets: WebSocket[] = [];
  readonly #dbs: Db[] = [];
  readonly #forRejections = process.listeners("unhandledRejection");
  #ended = false;

  private constructor(
    readonly server: DriftDBServer,
    readonly proxy: FaultProxy,
    /** The room, by way of the proxy. */
    readonly room: RoomResult,
    /** The room, and the server, directly. */
    readonly http: HttpConnection,
    readonly serverUrl: string,
  ) {
    const world = this;
    class Recorded extends WebSocket {
      constructor(url: string) {
        // 1.0.12 does not stop dialling. After a test, nothing answers its dials.
        super(world.#ended ? "ws://127.0.0.1:1/" : url);
        this.on("error", () => {});
        if (world.#ended) return;
        world.urls.push(url);
        world.sockets.push(this);
      }

      override send(data: string | Uint8Array): void {
        if (typeof data === "string") world.frames.push(JSON.parse(data));
        super.send(data);
      }
    }
    vi.stubGlobal("WebSocket", Recorded);
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", (reason) => this.rejections.push(reason));
  }

  static async start(): Promise<World> {
    const server = createServer({ memory: true, limits: false });
    const url = await server.listen({ port: 0, host: "127.0.0.1" });
    const proxy = await FaultProxy.start(url);
    const room = await new Api(proxy.url).newRoom();
    const direct = await new Api(url).getRoom(room.room);
    return new World(server, proxy, room, new HttpConnection(direct.http_url), url);
  }

  /** A connection that is open, by way of the proxy. */
  async connect({ DbConnection }: Client, cbor = false): Promise<Db> {
    const db = this.db(new DbConnection());
    await db.connect(this.room.socket_url, cbor);
    return db;
  }

  /** Resets all connections. Resolves when the client has noticed: it may be back an instant later. */
  async cut(db: Db): Promise<void> {
    const lost = new Promise<void>((resolve) => {
      db.statusListener.addListener(({ connected }) => {
        if (!connected) resolve();
      });
    });
    this.proxy.reset();
    await lost;
  }

  /** Registers a connection, to be closed at the end. */
  db(db: Db): Db {
    this.#dbs.push(db);
    return db;
  }

  /** Pushes as another client of the room, which is not behind the proxy. */
  async push(key: string, value: unknown, type: "append" | "replace" | "relay" = "append"): Promise<void> {
    await this.http.send({ type: "push", key, value, action: { type } });
  }

  /** The values that the room retains for a key. */
  async retained(key: string): Promise<unknown[]> {
    const init = await this.http.send({ type: "get", key, seq: 0 });
    return init?.type === "init" ? init.data.map(({ value }) => value) : [];
  }

  /** Resolves when the server has answered all that was sent on the connection so far. */
  async answered(db: Db): Promise<void> {
    const nonce = Math.floor(Math.random() * 1e9);
    const pong = new Promise<void>((resolve) => {
      db.messageListener.addListener((message) => {
        if (message.type === "pong" && message.nonce === nonce) resolve();
      });
    });
    db.send({ type: "ping", nonce });
    await pong;
  }

  async end(): Promise<void> {
    this.#ended = true;
    for (const db of this.#dbs) db.disconnect();
    for (const socket of this.sockets) {
      socket.onclose = socket.onerror = null;
      socket.terminate();
    }
    await this.proxy.close();
    await this.server.close();
    process.removeAllListeners("unhandledRejection");
    for (const listener of this.#forRejections) process.on("unhandledRejection", listener);
    vi.unstubAllGlobals();
  }
}
