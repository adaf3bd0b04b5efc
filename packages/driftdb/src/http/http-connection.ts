import type { MessageFromDb, MessageToDb } from "driftdb-protocol";
import { checkSize, encodeChecked } from "../wire/encode-message.js";
import { fetchJson } from "./fetch-json.js";

/**
 * Sends single messages to a room over HTTP (P9), for environments without WebSockets, such as a cron job.
 *
 * @example
 * const http = new HttpConnection(room.http_url);
 * await http.send({ type: "push", key: "log", value: "it works", action: { type: "append" } });
 */
export class HttpConnection {
  readonly #url: string;

  /** @param httpUrl the `http_url` of a room. */
  constructor(httpUrl: string) {
    this.#url = httpUrl;
  }

  /**
   * Sends one message.
   *
   * @returns the server's answer: an `init` to a get, a `pong` to a ping, a `stream_size` or null to a push.
   * The promise rejects with a DriftDBError when the message breaks a rule, which is not sent then, and with
   * the errors of `Api`.
   */
  async send(message: MessageToDb): Promise<MessageFromDb | null> {
    const body = encodeChecked(message);
    checkSize(body);
    const headers = { "content-type": "application/json" };
    const answer = await fetchJson(this.#url, { method: "POST", headers, body });
    return answer as MessageFromDb | null;
  }
}
