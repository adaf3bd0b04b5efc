import type {
  ErrorMessage,
  Key,
  Pong,
  SessionBroadcast,
  SessionMessageFromDb,
  StreamSize,
} from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import type { Entry } from "./core/stream.js";
import type { Broadcast, History } from "./engines/engine.js";
import type { Payload } from "./payload.js";

/** What sessions are told of a message beside (S6, S9). */
type Told = { [Field in "prev" | "replace" | "from"]?: SessionBroadcast[Field] | undefined };

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

  /**
   * `{"type":"push","key","value","seq"}`: the value's own JSON text is used as it is.
   *
   * @param more what sessions are told beside.
   */
  static push(key: Key, value: Payload, seq: number, more: Told = {}): Frame {
    return new Frame(
      () => {
        const { prev, replace, from } = more;
        const told =
          (prev === undefined ? "" : `,"prev":${prev}`) +
          (replace ? ',"replace":true' : "") +
          // A name has no character that JSON would escape.
          (from === undefined ? "" : `,"from":"${from}"`);
        return `{"type":"push","key":${JSON.stringify(key)},"value":${value.json},"seq":${seq}${told}}`;
      },
      () => ({ type: "push", key, value: value.value, seq, ...more }),
    );
  }

  /** `{"type":"holds","key","seq","holds":[back,value…]}`: changed holds of a key, with a seq after the other (D23). */
  static holds(key: Key, holds: readonly Broadcast[]): Frame {
    const seq = holds[0]?.seq as number;
    const back = ({ seq, was }: Broadcast) => seq - (was as number);
    return new Frame(
      () => {
        const pairs = holds.map((hold) => `${back(hold)},${hold.value.json}`);
        return `{"type":"holds","key":${JSON.stringify(key)},"seq":${seq},"holds":[${pairs}]}`;
      },
      () => ({ type: "holds", key, seq, holds: holds.flatMap((hold) => [back(hold), hold.value.value]) }),
    );
  }

  /** `{"type":"init","key","data":[{"value","seq"}…]}` (P5). */
  static init(key: Key, entries: readonly Entry<Payload>[]): Frame {
    return new Frame(
      () => `{"type":"init","key":${JSON.stringify(key)},"data":${dataJson(entries)}}`,
      () => ({ type: "init", key, data: dataOf(entries) }),
    );
  }

  /** The same for a session, with `head` and, where the client has to start over, `reset` (S7), and what is held (S9). */
  static resume(key: Key, { entries, head, reset, held }: History): Frame {
    return new Frame(
      () => {
        const holds = held.map(
          ({ from, value, seq }) => `{"from":"${from}","value":${value.json},"seq":${seq}}`,
        );
        const more = `"head":${head}${reset ? ',"reset":true' : ""}${held.length > 0 ? `,"held":[${holds}]` : ""}`;
        return `{"type":"init","key":${JSON.stringify(key)},"data":${dataJson(entries)},${more}}`;
      },
      () => ({
        type: "init",
        key,
        data: dataOf(entries),
        head,
        ...(reset && { reset }),
        ...(held.length > 0 && {
          held: held.map(({ from, value, seq }) => ({ from, value: value.value, seq })),
        }),
      }),
    );
  }

  /** Any frame that carries no value of a room. */
  static of(
    message:
      | StreamSize
      | Pong
      | ErrorMessage
      | Exclude<SessionMessageFromDb, { value: unknown } | { holds: unknown }>,
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
