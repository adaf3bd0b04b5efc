import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Engine } from "./engine/engine.js";
import { LocalEngine } from "./engine/local/local-engine.js";
import { MemoryStore } from "./engine/local/memory-store.js";
import type { OnProgress } from "./engine/local/sqlite/migrate-file.js";
import { SqliteStore } from "./engine/local/sqlite/sqlite-store.js";
import { HttpHandler } from "./http/http-handler.js";
import { mount } from "./http/mount.js";
import { UpgradeHandler } from "./http/upgrade-handler.js";
import { AddressLimits } from "./limits/address-limits.js";
import { type Limits, resolveLimits } from "./limits/limits.js";
import { OpenRooms } from "./room/open-rooms.js";

/** Node looks for those who are late every 30 s unless told otherwise: ms. */
const HEADERS_IN_TIME = { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 };

export interface ServerOptions {
  /** The directory that keeps the rooms, made if need be. Default `./driftdb-data`. */
  readonly data?: string;
  /** Keep the rooms in memory instead, gone when the process ends. */
  readonly memory?: boolean;
  /**
   * Keep a journal too: in the data directory's file, each stored change is one more row of the same transaction. Default
   * `false`. A journal that was off for a while starts over. Rooms in memory have none.
   */
  readonly journal?: boolean;
  /**
   * Told how far the migration of a file is that an older server made. It takes place in `createServer`, once.
   * Default: says nothing.
   */
  readonly onProgress?: OnProgress;
  /**
   * Where rooms live instead: an engine of your own, which `driftdb-server/core` has the port and the parts of. The server
   * closes it when it closes. Neither `data` nor `memory` goes with it.
   */
  readonly engine?: Engine;
  /** What differs from `DEFAULT_LIMITS`; `false` lifts all rates, for benchmarks. */
  readonly limits?: Partial<Limits> | false;
  /**
   * Told what went wrong inside the server, such as a disk that is full. Whoever was waiting has been answered.
   * Default `console.error`.
   */
  readonly onError?: (error: Error) => void;
  /** The path under which it is mounted, such as `/db/`. Default `/`. */
  readonly path?: string;
}

/** A DriftDB server: listening by itself, or mounted beside what an HTTP server already does. */
export interface DriftDBServer {
  /**
   * Listens by itself.
   *
   * @param options `port` defaults to 8080, 0 takes any free one; `host` to 127.0.0.1.
   * @returns the URL to give to `new Api(url)`.
   * @throws {Error} when the port is taken, or the server was closed.
   */
  listen(options?: { port?: number; host?: string }): Promise<string>;
  /**
   * Takes the requests and upgrades under its path from a Node HTTP server, and leaves the others to
   * those who listen for them already: attach it after them.
   */
  attach(server: HttpServer): void;
  /** Sends clients away to come back later, commits what is under way, and lets go of data and port. */
  close(): Promise<void>;
}

/**
 * Makes a server. Nothing listens before `listen` or `attach`.
 *
 * @throws {Error} when the data directory is in use by another server.
 * @throws {RangeError} for a limit that is none.
 * @throws {TypeError} for an `engine` beside `data`, `memory` or `journal`, and for a `journal` in memory.
 */
export function createServer(options: ServerOptions = {}): DriftDBServer {
  const limits = resolveLimits(options.limits);
  const path = `/${(options.path ?? "").replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
  const rooms = new OpenRooms(createEngine(options, limits));
  const addresses = new AddressLimits(limits);
  const http = new HttpHandler(rooms, addresses, path, options.onError);
  const upgrades = new UpgradeHandler(rooms, addresses, limits, path);
  const own: HttpServer[] = [];
  const detach: (() => void)[] = [];
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const stopped = own.map((server) => new Promise((resolve) => server.close(resolve)));
    await upgrades.close();
    for (const server of own) server.closeAllConnections();
    for (const undo of detach) undo();
    await Promise.all(stopped);
    await rooms.close();
  }

  return {
    async listen({ port = 8080, host = "127.0.0.1" } = {}) {
      if (closing) throw closed();
      const server = createHttpServer(HEADERS_IN_TIME, (request, response) => {
        void http.handle(request, response);
      });
      server.on("upgrade", (request, socket, head) => void upgrades.handle(request, socket, head));
      await new Promise<void>((resolve, reject) => {
        // Once it listens, a failure to accept one connection is none of the others' business.
        server.on("error", reject);
        server.listen(port, host, resolve);
      });
      if (closing) {
        server.close();
        throw closed();
      }
      own.push(server);
      return `http://${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}${path}`;
    },

    attach(server) {
      if (closing) throw closed();
      detach.push(
        mount(server, "request", path, (request, response: ServerResponse) => {
          void http.handle(request, response);
        }),
        mount(server, "upgrade", path, (request, socket: Duplex, head: Buffer) => {
          void upgrades.handle(request, socket, head);
        }),
      );
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}

function createEngine(options: ServerOptions, limits: Limits): Engine {
  const { data = "./driftdb-data", memory = false, journal = false, engine, onError, onProgress } = options;
  if (engine) {
    if (options.data !== undefined || memory || journal) {
      throw new TypeError("engine says where rooms live: leave out data, memory and journal");
    }
    return engine;
  }
  if (memory && journal) throw new TypeError("rooms in memory have no journal: leave out memory, or journal");
  const store = memory ? new MemoryStore() : new SqliteStore(data, { journal, onProgress });
  return new LocalEngine(store, { limits, onError });
}

function closed(): Error {
  return new Error("the server is closed: make another with createServer()");
}
