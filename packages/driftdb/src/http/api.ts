import type { RoomResult } from "driftdb-protocol";
import { fetchJson, unexpected } from "./fetch-json.js";

/**
 * Creates and finds rooms.
 *
 * Its promises reject with RoomNotFoundError, ForbiddenError, TooManyRequestsError, ServerUnreachableError or
 * HttpError. No message of these has a room's id in it.
 *
 * @example
 * const api = new Api("https://example.com/db/");
 * const { room, socket_url } = await api.newRoom();
 */
export class Api {
  /** The server's address. It ends in "/". */
  readonly apiUrl: string;

  /** @param apiUrl the server's address, with or without a path and a "/" at its end. */
  constructor(apiUrl: string) {
    this.apiUrl = apiUrl.replace(/\/*$/, "/");
  }

  /** Creates a room. */
  newRoom(): Promise<RoomResult> {
    return room(`${this.apiUrl}new`, { method: "POST" });
  }

  /** Finds a room by its id. Rejects with RoomNotFoundError if it does not exist. */
  getRoom(id: string): Promise<RoomResult> {
    return room(`${this.apiUrl}room/${encodeURIComponent(id)}`);
  }
}

async function room(url: string, init?: RequestInit): Promise<RoomResult> {
  const result = (await fetchJson(url, init)) as RoomResult | null;
  return result?.socket_url ? result : unexpected();
}
