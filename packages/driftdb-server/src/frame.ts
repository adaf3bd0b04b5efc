import type { ErrorMessage, Key, Pong, SessionMessageFromDb, StreamSize } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import type { Resumed } from "./core/room.js";
import type { Entry } from "./core/stream.js";
import type { Payload } from "./payload.js";

/** A message of the server, encoded at most once per codec however many it is sent to. */
export class Frame {
  readonly #toJson: () => string;
  readonly #toObject: () => object;
  #json: string | undefined;
  #cbor: Uint8Array | undefined;

  private constructor(toJson: () => string, toObject: () => object) {
    this.#toJson = toJson;
    this.#toObject = toObject;
  }

  get json(): string {
    this.#json ??= this.#toJson();
    return this.#json;
  }

  get cbor(): Uint8Array {
    this.#cbor ??= cbor.encode(this.#toObject()) as Uint8Array;
    return this.#cbor;
  }

  /** `{"type":"push","key","value","seq"}`, and `prev` for sessions (S6): the value's own JSON text is used as it is. */
  static push(key: Key, value: Payload, seq: number, prev?: number): Frame {
    const more = prev === undefined ? "" : `,"prev":${prev}`;
    return new Frame(
      () => `{"type":"push","key":${JSON.stringify(key)},"value":${value.json},"seq":${seq}${more}}`,
      () => ({ type: "push", key, value: value.value, seq, prev }),
    );
  }

  /** `{"type":"init","key","data":[{"value","seq"}…]}` (P5). */
  static init(key: Key, entries: readonly Entry<Payload>[]): Frame {
    return new Frame(
      () => `{"type":"init","key":${JSON.stringify(key)},"data":${dataJson(entries)}}`,
      () => ({ type: "init", key, data: dataOf(entries) }),
    );
  }

  /** The same for a session, with `head` and, where the client has to start over, `reset` (S7). */
  static resume(key: Key, { entries, head, reset }: Resumed<Payload>): Frame {
    const more = `"head":${head}${reset ? ',"reset":true' : ""}`;
    return new Frame(
      () => `{"type":"init","key":${JSON.stringify(key)},"data":${dataJson(entries)},${more}}`,
      () => ({ type: "init", key, data: dataOf(entries), head, ...(reset && { reset }) }),
    );
  }

  /** Any frame that carries no value of a room. */
  static of(
    message: StreamSize | Pong | ErrorMessage | Exclude<SessionMessageFromDb, { value: unknown }>,
  ): Frame {
    return new Frame(
      () => JSON.stringify(message),
      () => message,
    );
  }
}

function dataJson(entries: readonly Entry<Payload>[]): string {
  return `[${entries.map(({ value, seq }) => `{"value":${value.json},"seq":${seq}}`).join(",")}]`;
}

function dataOf(entries: readonly Entry<Payload>[]): object[] {
  return entries.map(({ value, seq }) => ({ value: value.value, seq }));
}
