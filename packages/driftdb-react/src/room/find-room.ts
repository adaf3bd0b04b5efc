import { Api, DriftDBError, HttpError, type RoomResult, ServerUnreachableError } from "driftdb";
import { roomInUrl } from "./page-url.js";

/** Rooms that are being made, by the API that makes them. */
const beingMade = new Map<string, Promise<RoomResult>>();

/**
 * Looks for a room: the given one, else the one of the page's URL, else a new one.
 *
 * @throws {@link DriftDBError} if the room does not exist, the server cannot be reached, or `api` is no URL.
 */
export function findRoom(api: string, room: string | undefined): Promise<RoomResult> {
  const server = new Api(absolute(api));
  const known = room || roomInUrl();
  return known ? server.getRoom(known) : newRoom(server);
}

/** How long to wait at least before asking again, in ms, or undefined if the answer would be the same. */
export function retryAfter(error: Error): number | undefined {
  if (error instanceof ServerUnreachableError) return 0;
  // 429: too many requests.
  if (error instanceof HttpError && (error.status >= 500 || error.status === 429))
    return error.retryAfterMs || 0;
  return undefined;
}

/** Makes one room for all who ask while it is being made: they will find each other by the page's URL anyway. */
function newRoom(server: Api): Promise<RoomResult> {
  const { apiUrl } = server;
  const making = beingMade.get(apiUrl) ?? server.newRoom();
  beingMade.set(apiUrl, making);
  // A task later, those who asked have put the room into the URL, where the next one finds it.
  const forget = () => setTimeout(() => beingMade.delete(apiUrl));
  making.then(forget, forget);
  return making;
}

function absolute(api: string): string {
  try {
    return new URL(api, location.href).href;
  } catch {
    throw new DriftDBError("bad_api", `api is "${api}": write a URL, or a path from this page's`);
  }
}
