import { type ErrorMessage, json, type Key, type Pong, type StreamSize } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
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

  /** `{"type":"push","key","value","seq"}`: the value's own JSON text is used as it is. */
  static push(key: Key, value: Payload, seq: number): Frame {
    return new Frame(
      () => `{"type":"push","key":${JSON.stringify(key)},"value":${value.json},"seq":${seq}}`,
      () => ({ type: "push", key, value: value.value, seq }),
    );
  }

  /** `{"type":"init","key","data":[{"value","seq"}…]}` (P5). */
  static init(key: Key, entries: readonly Entry<Payload>[]): Frame {
    return new Frame(
      () => {
        const data = entries.map(({ value, seq }) => `{"value":${value.json},"seq":${seq}}`).join(",");
        return `{"type":"init","key":${JSON.stringify(key)},"data":[${data}]}`;
      },
      () => ({ type: "init", key, data: entries.map(({ value, seq }) => ({ value: value.value, seq })) }),
    );
  }

  /** Any frame that carries no value of a room. */
  static of(message: StreamSize | Pong | ErrorMessage): Frame {
    return new Frame(
      () => json.encode(message) as string,
      () => message,
    );
  }
}
