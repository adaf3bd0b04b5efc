import type { Action } from "driftdb-protocol";
import type { Connection } from "../src/core/request.js";
import type { Answer, Engine, EngineRoom, Host, Output, Request } from "../src/engine/engine.js";
import { Payload } from "../src/engine/payload.js";

/** A connection of a session whose public name is its cid. Without a cid, a plain connection. */
export function connectionOf(cid?: string): Connection {
  return { session: cid === undefined ? null : { cid, name: cid } };
}

/** A value in the form in which a room gets it. */
export function payload(value: unknown): Payload {
  const hasBytes =
    typeof value === "object" && value !== null && "bytes" in value && value.bytes instanceof Uint8Array;
  return Payload.of(value, hasBytes);
}

/** A host without clients. It records all outputs, and `ask` resolves with the answer to a request. */
export class TestHost implements Host {
  readonly outputs: Output[] = [];
  /** The number of calls of `deliver`. */
  deliveries = 0;
  readonly #waiting = new Map<Request, (answer: Answer) => void>();
  #room: EngineRoom | undefined;

  /** @throws {Error} if the room does not exist. */
  static async open(engine: Engine, id: string): Promise<TestHost> {
    const host = new TestHost();
    const room = await engine.open(id, host);
    if (!room) throw new Error("there is no such room");
    host.#room = room;
    return host;
  }

  get room(): EngineRoom {
    if (!this.#room) throw new Error("the room is not open");
    return this.#room;
  }

  submit(request: Request): void {
    this.room.submit(request);
  }

  /** Submits a request, and resolves with its answer. Some requests have none: see `Answer`. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.submit(request);
    });
  }

  push(
    key: string,
    value: unknown,
    action: Action | Exclude<Action["type"], "compact"> = "append",
    connection = connectionOf(),
    n?: number,
  ): Promise<Answer> {
    return this.ask({
      type: "push",
      connection,
      key,
      value: payload(value),
      action: typeof action === "string" ? { type: action } : action,
      n,
    });
  }

  /** Resolves when the room has answered all earlier requests. */
  async barrier(): Promise<void> {
    await this.ask({ type: "barrier", connection: connectionOf(), mark: undefined });
  }

  async entries(key: string, seq = 0): Promise<[seq: number, value: unknown][]> {
    const answer = await this.ask({ type: "get", connection: connectionOf(), key, seq });
    if (answer.type !== "entries") throw new Error(`the answer is ${answer.type}`);
    return answer.entries.map(({ seq, value }) => [seq, value.value]);
  }

  close(): void {
    this.room.close();
  }

  deliver(outputs: readonly Output[]): void {
    this.deliveries++;
    for (const output of outputs) {
      this.outputs.push(output);
      if (!("request" in output)) continue;
      this.#waiting.get(output.request)?.(output);
      this.#waiting.delete(output.request);
    }
  }
}
