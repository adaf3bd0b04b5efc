import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import {
  ERROR_INTERNAL,
  ERROR_NOT_JSON,
  ERROR_STORAGE_FAILED,
  ERROR_TOO_LARGE,
  ERROR_UPGRADE_REQUIRED,
  FrameError,
  type RoomResult,
} from "driftdb-protocol";
import { OneRequest } from "../connection/one-request.js";
import { ErrorReply } from "../connection/plain-reply.js";
import { type ErrorReporter, errorReporter } from "../engine/error-reporter.js";
import type { Frame } from "../frame/frame.js";
import { type AddressLimits, addressOf } from "../limits/address-limits.js";
import type { OpenRooms } from "../room/open-rooms.js";
import { VERSION } from "../version.js";
import { HttpError, noSuchRoom } from "./http-error.js";
import { readBody } from "./read-body.js";
import { baseUrl, type Route, route } from "./routes.js";

/** Headers of every response (P11). Any origin may ask, without credentials: the room's id is enough. */
const HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "content-type, authorization, accept, last-event-id",
  "access-control-expose-headers": "retry-after",
  "access-control-max-age": "86400",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const ABOUT = `DriftDB ${VERSION}

A real-time database for browser applications: rooms of keyed, ordered message
streams over WebSocket.

POST /new                 makes a room
GET  /room/<id>           answers with the addresses of a room
POST /room/<id>/send      sends one message to a room
     /room/<id>/connect   the room's WebSocket
GET  /healthz             answers "ok"
`;

/** The HTTP side of the protocol (P1, P9, P11). */
export class HttpHandler {
  readonly #rooms: OpenRooms;
  readonly #limits: AddressLimits;
  readonly #prefix: string;
  readonly #report: ErrorReporter;

  /**
   * @param prefix the path under which the server is mounted. It begins and ends with "/".
   * @param onError called with errors of the server. The client gets only a 500.
   */
  constructor(rooms: OpenRooms, limits: AddressLimits, prefix: string, onError?: (error: Error) => void) {
    this.#rooms = rooms;
    this.#limits = limits;
    this.#prefix = prefix;
    this.#report = errorReporter(onError);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      // The client has cut the request, so no answer can reach it.
      if (request.destroyed && !request.complete) return;
      const { status, code, message, headers } = asHttpError(error as Error);
      if (status === 500) this.#report(error as Error);
      send(response, status, JSON.stringify({ type: "error", message, code }), "application/json", headers);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "OPTIONS") return send(response, 204, "", undefined);
    const target = route(request, this.#prefix);
    switch (target.name) {
      case "about":
        return send(response, 200, ABOUT, "text/plain; charset=utf-8");
      case "health":
        return send(response, 200, "ok\n", "text/plain; charset=utf-8");
      case "new": {
        const wait = this.#limits.room(addressOf(request));
        if (wait > 0) throw HttpError.tooFast(wait, "new rooms");
        return this.#sendAddresses(request, response, await this.#rooms.create());
      }
      case "room":
        if (!(await this.#rooms.exists(target.room))) throw noSuchRoom();
        return this.#sendAddresses(request, response, target.room);
      case "send":
        return this.#send(request, response, target);
      case "connect":
        throw new HttpError(426, ERROR_UPGRADE_REQUIRED, "this path is a WebSocket: connect to it as one", {
          upgrade: "websocket",
        });
    }
  }

  #sendAddresses(request: IncomingMessage, response: ServerResponse, room: string): void {
    const base = `${baseUrl(request)}${this.#prefix}room/${room}`;
    const result: RoomResult = {
      room,
      socket_url: `${base.replace(/^http/, "ws")}/connect`,
      http_url: `${base}/send`,
    };
    send(response, 200, JSON.stringify(result), "application/json");
  }

  /** Handles one message (P9). The response is the frame that a socket would send to the sender alone. */
  async #send(request: IncomingMessage, response: ServerResponse, { room }: Route<"send">): Promise<void> {
    const wait = this.#limits.message(addressOf(request));
    if (wait > 0) throw HttpError.tooFast(wait, "messages");
    if (!/^application\/([\w.-]+\+)?json *(;|$)/i.test(request.headers["content-type"] ?? "")) {
      throw new HttpError(415, ERROR_NOT_JSON, "content-type must be application/json");
    }
    const message = new OneRequest(await readBody(request));
    const host = await this.#rooms.acquire(room);
    if (!host) throw noSuchRoom();
    const result = await message.submitTo(host).finally(() => this.#rooms.release(host));
    if (result instanceof ErrorReply) {
      const { code, message } = result.why;
      throw new HttpError(code === ERROR_STORAGE_FAILED ? 503 : 409, code, message);
    }
    if (result?.isLong) await sendInParts(response, result);
    else send(response, 200, result?.json ?? "null", "application/json");
  }
}

function asHttpError(error: Error): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof FrameError) {
    const status = error.code === ERROR_NOT_JSON ? 400 : error.code === ERROR_TOO_LARGE ? 413 : 422;
    return new HttpError(status, error.code, error.message);
  }
  return new HttpError(500, ERROR_INTERNAL, "the server failed: see its log");
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...HEADERS, ...(type && { "content-type": type }), ...headers });
  response.end(body);
}

/** Encodes the next part when the client has read the one before, so that other clients do not wait. */
async function sendInParts(response: ServerResponse, frame: Frame): Promise<void> {
  response.writeHead(200, { ...HEADERS, "content-type": "application/json" });
  // The pipeline fails when the client disconnects, and nothing is left to do then.
  await pipeline(Readable.from(inTurns(frame.parts(false)), { objectMode: false }), response).catch(() => {});
}

/** Yields one part in each turn of the event loop. A fast client would otherwise make all in one turn. */
async function* inTurns<T>(parts: Iterator<T, void>): AsyncGenerator<T, void> {
  for (let part = parts.next(); !part.done; part = parts.next()) {
    yield part.value;
    await setImmediate();
  }
}
