import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageToDb, RoomResult } from "driftdb-protocol";
import { createServer, type DriftDBServer, type ServerOptions } from "driftdb-server";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { RawClient } from "./raw-client.js";

export type EngineName = "memory" | "sqlite";

export const ENGINES: readonly EngineName[] = ["memory", "sqlite"];

/** The engines whose rooms survive a restart. */
export const DURABLE: readonly EngineName[] = ["sqlite"];

/** The options of a server on each engine. A server that starts again is made with the same ones. */
const OPTIONS: Readonly<Record<EngineName, () => ServerOptions>> = {
  memory: () => ({ memory: true }),
  sqlite: () => ({ data: temporaryDirectory() }),
};

/** No keep-alive: a restart of the server would close a connection that the next request uses. */
const ONCE = { connection: "close" };

/** Makes a directory for the running test, which is removed after it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "driftdb-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A server for the running test, closed after it. By default it has no rate limits. */
export class TestServer {
  readonly #options: ServerOptions;
  #server: DriftDBServer;
  #url = "";

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = createServer(options);
  }

  static async start(
    engine: EngineName = "memory",
    limits: NonNullable<ServerOptions["limits"]> = false,
  ): Promise<TestServer> {
    const server = new TestServer({ ...OPTIONS[engine](), limits });
    onTestFinished(() => server.close());
    await server.#listen(0);
    return server;
  }

  /** `http://127.0.0.1:<port>/`. */
  get url(): string {
    return this.#url;
  }

  /** The directory that keeps the rooms. */
  get data(): string {
    return this.#options.data as string;
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** Closes the server, and starts another on the same directory and port. */
  async restart(): Promise<void> {
    const { port } = this;
    await this.close();
    this.#server = createServer(this.#options);
    await this.#listen(port);
  }

  async newRoom(): Promise<RoomResult> {
    const response = await fetch(`${this.#url}new`, { method: "POST", headers: ONCE });
    if (!response.ok) throw new Error(`POST /new: ${response.status} ${await response.text()}`);
    return (await response.json()) as RoomResult;
  }

  async #listen(port: number): Promise<void> {
    this.#url = await this.#server.listen({ port, host: "127.0.0.1" });
  }
}

/**
 * Connects to a room for the running test.
 *
 * @param query with its "?".
 */
export async function enter(room: RoomResult, query = ""): Promise<RawClient> {
  const client = await RawClient.connect(room.socket_url + query);
  onTestFinished(() => client.socket.terminate());
  return client;
}

/** Sends one message over HTTP. */
export function post(room: RoomResult, message: MessageToDb | object): Promise<Response> {
  return postBody(room, JSON.stringify(message));
}

export function postBody(
  room: RoomResult,
  body: string | Uint8Array<ArrayBuffer>,
  type = "application/json",
): Promise<Response> {
  return fetch(room.http_url, { method: "POST", headers: { ...ONCE, "content-type": type }, body });
}

/** Gets the retained messages of a key over HTTP. */
export async function retained(room: RoomResult, key: string): Promise<unknown> {
  const response = await post(room, { type: "get", key });
  return ((await response.json()) as { data: unknown }).data;
}

/** Connects to a URL that the server must refuse, and returns its HTTP response. */
export function refusedUpgrade(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.on("open", () => {
      socket.terminate();
      reject(new Error("the upgrade was not refused"));
    });
    socket.on("unexpected-response", (_request, response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode as number, body }));
    });
    socket.on("error", reject);
  });
}
