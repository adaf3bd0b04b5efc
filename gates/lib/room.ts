import { Agent, request } from "node:http";
import { DbConnection, type WebSocketConstructor } from "driftdb";
import type { SequenceValue } from "driftdb-protocol";
import { WebSocket } from "ws";

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Sends JSON with `POST`. @returns the JSON of the answer. @throws {Error} for any status except 200. */
export function post(url: string, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    outgoing.once("error", reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

/** Makes a room. @returns its id. */
export async function newRoom(server: string): Promise<string> {
  return ((await post(`${server}new`)) as { room: string }).room;
}

/** The WebSocket address of a room, at a server or a proxy. */
export const socketUrl = (server: string, room: string): string =>
  `${server.replace("http", "ws")}room/${room}/connect`;

/** The messages that a room retains for a key. */
export async function retained(server: string, room: string, key: string): Promise<SequenceValue[]> {
  const answer = await post(`${server}room/${room}/send`, { type: "get", key });
  return (answer as { data: SequenceValue[] }).data;
}

/** The real client, with the WebSocket of `ws`. */
export function newClient(keys?: "all"): DbConnection {
  return new DbConnection({ websocketConstructor: WebSocket as unknown as WebSocketConstructor, keys });
}
