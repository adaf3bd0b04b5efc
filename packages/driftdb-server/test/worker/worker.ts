// A server in a Durable Object, with rooms in memory, made of the parts of driftdb-server/core. A worker
// without a Durable Object does not suffice, since one request may not use the sockets of another.
import {
  DEFAULT_LIMITS,
  LocalEngine,
  MemoryStore,
  OpenRooms,
  openConnection,
  publicName,
  sessionLimits,
} from "driftdb-server/core";
import { type StandardWebSocket, WebSocketTransport } from "./web-socket-transport.js";

/** A global of the worker's runtime that browsers do not have. */
declare const WebSocketPair: new () => [
  StandardWebSocket,
  StandardWebSocket & {
    accept(): void;
    addEventListener(type: "close", listen: (event: { code: number }) => void): void;
  },
];

const LIMITS = sessionLimits(DEFAULT_LIMITS);

export class Server {
  readonly #rooms = new OpenRooms(new LocalEngine(new MemoryStore(), { limits: DEFAULT_LIMITS }));

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams, host } = new URL(request.url);
    if (pathname === "/new") {
      const room = await this.#rooms.create();
      const path = `${host}/room/${room}`;
      return Response.json({ room, socket_url: `ws://${path}/connect`, http_url: `http://${path}/send` });
    }
    const [, , id = ""] = pathname.split("/");
    const room = await this.#rooms.acquire(id);
    const cid = searchParams.get("cid");
    const session = cid === null ? null : { cid, name: await publicName(cid) };
    const [client, server] = new WebSocketPair();
    server.accept();
    const transport = new WebSocketTransport(server, searchParams.get("cbor") === "true");
    const connection = openConnection(transport, room, { session, allKeys: false, debug: false }, LIMITS);
    server.addEventListener("close", ({ code }) => {
      connection?.left(code);
      if (room) this.#rooms.release(room);
    });
    return new Response(null, { status: 101, webSocket: client } as ResponseInit);
  }
}

/** The worker's binding to the Durable Object. */
interface Environment {
  readonly SERVER: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

export default {
  fetch(request: Request, { SERVER }: Environment): Promise<Response> {
    return SERVER.get(SERVER.idFromName("server")).fetch(request);
  },
};
