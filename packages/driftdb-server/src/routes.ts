import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.js";

interface Routes {
  about: unknown;
  health: unknown;
  new: unknown;
  room: { readonly room: string };
  send: { readonly room: string };
  connect: { readonly room: string };
}

/** What a request is for. */
export type Route<Name extends keyof Routes = keyof Routes> = {
  [N in Name]: { readonly name: N } & Routes[N];
}[Name];

/**
 * Which of the protocol's endpoints a request is for (P1, P2, P9).
 *
 * @param prefix the path under which the server is mounted; it begins and ends with "/".
 * @throws {HttpError} 404 or 405.
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
    if (parts.length === 3 && verb === "connect") return allow(request, ["GET"], { name: "connect", room });
  }
  throw new HttpError(404, "not_found", "nothing is here: GET / says what is where");
}

function allow(request: IncomingMessage, methods: readonly string[], found: Route): Route {
  if (methods.includes(request.method ?? "")) return found;
  throw new HttpError(405, "wrong_method", `use ${methods[0]}`, { allow: methods.join(", ") });
}

/** The flags in a query. Clients of 1.0.12 append `?cbor=true` once more at each reconnect (P7). */
export function flags(request: IncomingMessage): ReadonlySet<string> {
  return new Set((request.url ?? "").split(/[?&]/).slice(1));
}

/** `http://host:port` as the client sees this server. */
export function baseUrl(request: IncomingMessage): string {
  const { headers, socket } = request;
  const secure = "encrypted" in socket && socket.encrypted === true;
  const own = socket.localAddress ?? "";
  const host = /^[\w.:[\]-]+$/.test(headers.host ?? "")
    ? headers.host
    : `${own.includes(":") ? `[${own}]` : own}:${socket.localPort}`;
  return `${secure ? "https" : "http"}://${host}`;
}
