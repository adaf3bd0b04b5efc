import type { IncomingMessage } from "node:http";
import { ERROR_BAD_CID, ERROR_NOT_FOUND, ERROR_WRONG_METHOD, SESSION_VERSION } from "driftdb-protocol";
import type { ConnectionOptions } from "../connection/connection-options.js";
import { HttpError } from "./http-error.js";

interface Routes {
  about: unknown;
  health: unknown;
  new: unknown;
  room: { readonly room: string };
  send: { readonly room: string };
  connect: { readonly room: string };
}

/** An endpoint, and the room that the request names. */
export type Route<Name extends keyof Routes = keyof Routes> = {
  [N in Name]: { readonly name: N } & Routes[N];
}[Name];

/**
 * Finds the protocol's endpoint that a request asks for (P1, P2, P9).
 *
 * @param prefix the path under which the server is mounted. It begins and ends with "/".
 * @throws {HttpError} 404 for an unknown path, 405 for the wrong method.
 */
export function route(request: IncomingMessage, prefix: string): Route {
  const [path = ""] = (request.url ?? "").split("?", 1);
  const parts = path.startsWith(prefix) ? path.slice(prefix.length).replace(/\/$/, "").split("/") : [];
  const [name, room, verb] = parts;
  if (parts.length === 1) {
    if (name === "") return allow(request, ["GET", "HEAD"], { name: "about" });
    if (name === "healthz") return allow(request, ["GET", "HEAD"], { name: "health" });
    if (name === "new") return allow(request, ["POST"], { name: "new" });
  }
  if (name === "room" && room) {
    if (parts.length === 2) return allow(request, ["GET", "HEAD"], { name: "room", room });
    if (parts.length === 3 && verb === "send") return allow(request, ["POST"], { name: "send", room });
    if (parts.length === 3 && verb === "connect") {
      return allow(request, ["GET"], { name: "connect", room: copied(room) });
    }
  }
  throw new HttpError(404, ERROR_NOT_FOUND, `nothing is at ${path}: GET ${prefix} lists the paths`);
}

/** A copy: V8 would keep the whole URL in memory for a part of it, as long as the connection lasts. */
const copied = (part: string): string => Buffer.from(part).toString();

function allow(request: IncomingMessage, methods: readonly string[], found: Route): Route {
  if (methods.includes(request.method ?? "")) return found;
  const message = `this path does not take ${request.method}: use ${methods[0]}`;
  throw new HttpError(405, ERROR_WRONG_METHOD, message, { allow: methods.join(", ") });
}

/**
 * Reads the query of `socket_url`. Clients of 1.0.12 append another `?cbor=true` at each reconnect (P7).
 *
 * @throws {HttpError} 400 for a session whose `cid` is missing, or could be guessed (S1).
 */
export function connectionOptions(request: IncomingMessage): ConnectionOptions {
  const asked = new Set((request.url ?? "").split(/[?&]/).slice(1));
  const cbor = asked.has("cbor=true");
  const debug = asked.has("debug=true");
  const allKeys = asked.has("keys=all");
  if (!asked.has(`v=${SESSION_VERSION}`)) return { cbor, debug, allKeys };
  const cid = /[?&]cid=([\w-]{22,64})([?&]|$)/.exec(request.url ?? "")?.[1];
  if (cid) return { cbor, debug, allKeys, cid: copied(cid) };
  throw new HttpError(
    400,
    ERROR_BAD_CID,
    "cid must have 22 to 64 letters, digits, - or _: make it of at least 128 random bits",
  );
}

/** `http://host:port`, as the client reaches this server. */
export function baseUrl(request: IncomingMessage): string {
  const { headers, socket } = request;
  const secure = "encrypted" in socket && socket.encrypted === true;
  const own = socket.localAddress ?? "";
  const host = /^[\w.:[\]-]+$/.test(headers.host ?? "")
    ? headers.host
    : `${own.includes(":") ? `[${own}]` : own}:${socket.localPort}`;
  return `${secure ? "https" : "http"}://${host}`;
}
