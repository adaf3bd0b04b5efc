import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { AddressLimits } from "./address-limits.js";
import type { Engine } from "./engines/engine.js";
import { LocalEngine } from "./engines/local-engine.js";
import { MemoryStore } from "./engines/memory-store.js";
import { SqliteStore } from "./engines/sqlite-store.js";
import { HttpHandler } from "./http-handler.js";
import { type Limits, resolveLimits } from "./limits.js";
import { Rooms } from "./rooms.js";
import { UpgradeHandler } from "./upgrade-handler.js";

export interface ServerOptions {
  /** The directory that keeps the rooms, made if need be. Default `./driftdb-data`. */
  readonly data?: string;
  /** Keep the rooms in memory instead, gone when the process ends. */
  readonly memory?: boolean;
  /** What differs from `DEFAULT_LIMITS`; `false` lifts all rates, for benchmarks. */
  readonly limits?: Partial<Limits> | false;
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
   * @throws {Error} when the port is taken.
   */
  listen(options?: { port?: number; host?: string }): Promise<string>;
  /** Takes the requests and upgrades under its path from a Node HTTP server, and leaves it the others. */
  attach(server: HttpServer): void;
  /** Sends clients away to come back later, commits what is under way, and lets go of data and port. */
  close(): Promise<void>;
}

/**
 * Makes a server. Nothing listens before `listen` or `attach`.
 *
 * @throws {Error} when the data directory is in use by another server.
 * @throws {RangeError} for a limit that is none.
 */
export function createServer(options: ServerOptions = {}): DriftDBServer {
  const limits = resolveLimits(options.limits);
  const path = `/${(options.path ?? "").replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
  const rooms = new Rooms(createEngine(options, limits));
  const addresses = new AddressLimits(limits);
  const http = new HttpHandler(rooms, addresses, path);
  const upgrades = new UpgradeHandler(rooms, addresses, limits, path);
  const own: HttpServer[] = [];
  const detach: (() => void)[] = [];
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const closed = own.map((server) => new Promise((resolve) => server.close(resolve)));
    await upgrades.close();
    for (const server of own) server.closeAllConnections();
    for (const undo of detach) undo();
    await Promise.all(closed);
    await rooms.close();
  }

  return {
    async listen({ port = 8080, host = "127.0.0.1" } = {}) {
      const server = createHttpServer({ headersTimeout: 10_000 }, (request, response) => {
        void http.handle(request, response);
      });
      server.on("upgrade", (request, socket, head) => void upgrades.handle(request, socket, head));
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, resolve);
      });
      own.push(server);
      return `http://${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}${path}`;
    },

    attach(server) {
      const others = server.listeners("request") as RequestListener[];
      const onRequest: RequestListener = (request, response) => {
        if (request.url?.startsWith(path)) void http.handle(request, response);
        else for (const other of others) other.call(server, request, response);
      };
      const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (request.url?.startsWith(path)) void upgrades.handle(request, socket, head);
      };
      server.removeAllListeners("request").on("request", onRequest).on("upgrade", onUpgrade);
      detach.push(() => {
        server.off("request", onRequest).off("upgrade", onUpgrade);
        for (const other of others) server.on("request", other);
      });
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}

function createEngine({ data = "./driftdb-data", memory = false }: ServerOptions, limits: Limits): Engine {
  return new LocalEngine(memory ? new MemoryStore(limits) : new SqliteStore(data, limits));
}
