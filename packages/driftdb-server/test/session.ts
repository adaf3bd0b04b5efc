import { randomBytes } from "node:crypto";
import type { RoomResult } from "driftdb-protocol";
import type { Down, RawClient } from "./raw-client.js";
import { enter, type TestServer } from "./test-server.js";

/** A new session's secret (S1). */
export function newCid(): string {
  return randomBytes(16).toString("base64url");
}

/**
 * Opens a session for the running test, and reads its hello.
 *
 * @param more further options of the query, with their "&".
 */
export async function session(
  room: RoomResult,
  cid = newCid(),
  more = "",
): Promise<{ client: RawClient; hello: Down; cid: string }> {
  const client = await enter(room, `?v=2&cid=${cid}${more}`);
  const hello = await client.next();
  return { client, hello, cid };
}

/** The room's addresses with the present port of its server. */
export function rebased(room: RoomResult, server: TestServer): RoomResult {
  const port = `:${server.port}/`;
  return {
    room: room.room,
    socket_url: room.socket_url.replace(/:\d+\//, port),
    http_url: room.http_url.replace(/:\d+\//, port),
  };
}
