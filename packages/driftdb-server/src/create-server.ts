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

/** In ms. By default, Node looks for late headers every 30 s only. */
const HEADERS_IN_TIME = { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 };

/** Options of `createServer`. */
export interface ServerOptions {
  /** Directory of the rooms. The server makes it if it does not exist. Default `./driftdb-data`. */
  readonly data?: string;
  /** Whether the rooms are in memory only, until the process ends. Default `false`. */
  readonly memory?: boolean;
  /**
   * Whether the server also writes a journal: a row for each stored change, in the same transaction. A
   * journal that was off for a while begins again. Rooms in memory have none. Default `false`.
   */
  readonly journal?: boolean;
  /** Called while `createServer` migrates a file of an older server. */
  readonly onProgress?: OnProgress;
  /**
   * An engine of your own, which stores the rooms. `driftdb-server/core` has the interface, and parts to
   * build on. Leave out `data`, `memory` and `journal` then. Pass the engine its own limits of a room, and
   * its own `onError`. The server closes the engine when it closes.
   */
  readonly engine?: Engine;
  /** Limits that differ from `DEFAULT_LIMITS`. `false` lifts all rates, for benchmarks. */
  readonly limits?: Partial<Limits> | false;
  /**
   * Called with errors inside the server, such as a full disk. The server has answered the clients already.
   * Default `console.error`.
   */
  readonly onError?: (error: Error) => void;
  /** Path under which the server is mounted, such as `/db/`. Default `/`. */
  readonly path?: string;
}

/** A DriftDB server. It listens on a port, or shares a Node HTTP server with other code. */
export interface DriftDBServer {
  /**
   * Listens on a port.
   *
   * @param options `port` defaults to 8080, and 0 chooses a free port. `host` defaults to 127.0.0.1.
   * @returns the URL for `new Api(url)`.
   * @throws {Error} `EADDRINUSE` when the port is in use; also when the server is closed.
   */
  listen(options?: { port?: number; host?: string }): Promise<string>;
  /**
   * Handles the requests and upgrades under `path` of a Node HTTP server. Your own listeners get all others:
   * add them before.
   *
   * @throws {Error} when this server is closed.
   */
  attach(server: HttpServer): void;
  /**
   * Closes all connections with code 1012, after which clients reconnect later. Then commits pending
   * requests, and releases data and port.
   */
  close(): Promise<void>;
}

/**
 * Makes a server. It serves nothing before `listen` or `attach`.
 *
 * @example
 * ```ts
 * import { createServer } from "driftdb-server";
 *
 * const server = createServer({ data: "./driftdb-data" });
 * const url = await server.listen({ port: 8080 });
 * console.log(url); // http://127.0.0.1:8080/
 * ```
 *
 * @throws {Error} when another server uses the data directory.
 * @throws {RangeError} when a limit is not a number above 0.
 * @throws {TypeError} for an `engine` with `data`, `memory` or `journal`, and for a `journal` with `memory`.
 */
export function createServer(options: ServerOptions = {}): DriftDBServer {
  const limits = resolveLimits(options.limits);
  const path = `/${(options.path ?? "").replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
  const rooms = new OpenRooms(createEngine(options, limits));
  const addresses = new AddressLimits(limits);
  const http = new HttpHandler(rooms, addresses, path, options.onError);
  const upgrades = new UpgradeHandler(rooms, addresses, limits, path, options.onError);
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
        // The listener stays: an error while the server accepts one connection must not end the process.
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
      throw new TypeError("an engine stores the rooms itself: leave out data, memory and journal");
    }
    return engine;
  }
  if (memory && journal) throw new TypeError("rooms in memory have no journal: leave out memory or journal");
  const store = memory ? new MemoryStore() : new SqliteStore(data, { journal, onProgress });
  return new LocalEngine(store, { limits, onError });
}

function closed(): Error {
  return new Error("the server is closed: make another with createServer()");
}
