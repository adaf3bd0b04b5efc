import { Api, DriftDBError, HttpError, type RoomResult, ServerUnreachableError } from "driftdb";
import { roomInUrl } from "./page-url.js";

/** The requests for a new room that are under way, by the URL of the API. */
const creating = new Map<string, Promise<RoomResult>>();

/**
 * Finds a room: the given one, else the one of the page's URL, else a new one.
 *
 * @throws {DriftDBError} if the room does not exist, the server cannot be reached, or `api` is not a URL.
 */
export function findRoom(api: string, room: string | undefined): Promise<RoomResult> {
  const server = new Api(absolute(api));
  const known = room || roomInUrl();
  return known ? server.getRoom(known) : newRoom(server);
}

/**
 * Returns the shortest time to wait before asking again, in ms; undefined if the answer would be the same.
 */
export function retryAfter(error: Error): number | undefined {
  if (error instanceof ServerUnreachableError) return 0;
  // 429: too many requests.
  if (error instanceof HttpError && (error.status >= 500 || error.status === 429)) return error.retryAfterMs;
  return undefined;
}

/**
 * Creates one room for all providers that ask while the request is under way: the page's URL holds one
 * id.
 */
function newRoom(server: Api): Promise<RoomResult> {
  const { apiUrl } = server;
  const room = creating.get(apiUrl) ?? server.newRoom();
  creating.set(apiUrl, room);
  // A task later, the providers have put the room into the page's URL, where the next one finds it.
  const forget = () => setTimeout(() => creating.delete(apiUrl));
  room.then(forget, forget);
  return room;
}

function absolute(api: string): string {
  try {
    return new URL(api, location.href).href;
  } catch {
    throw new DriftDBError("bad_api", `api "${api}" is not a URL: use a URL, or a path on this site`);
  }
}
