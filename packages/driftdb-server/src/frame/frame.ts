import type {
  ErrorMessage,
  Key,
  Pong,
  SessionBroadcast,
  SessionMessageFromDb,
  StreamSize,
} from "driftdb-protocol";
import { cbor, Encoded } from "driftdb-protocol/cbor";
import { concatBytes } from "../core/bytes.js";
import type { Entry } from "../core/stream.js";
import type { KeyHistory, RoomHold } from "../engine/engine.js";
import type { Payload } from "../engine/payload.js";
import { cborParts, type Init, isLong, jsonParts } from "./init-encoder.js";

/** The fields of a broadcast that only sessions receive (S6, S9). */
export type SessionFields = { [Field in "prev" | "replace" | "from"]?: SessionBroadcast[Field] | undefined };

/** A message from the server. It is encoded at most once per codec, for all its receivers. */
export class Frame {
  readonly #toJson: () => string;
  readonly #toCbor: () => Uint8Array;
  readonly #init: Init | undefined;
  #json: string | undefined;
  #cbor: Uint8Array | undefined;
  #sharedJson: object | undefined;
  #sharedCbor: object | undefined;

  private constructor(toJson: () => string, toCbor: () => Uint8Array, init?: Init) {
    this.#toJson = toJson;
    this.#toCbor = toCbor;
    this.#init = init;
  }

  get json(): string {
    this.#json ??= this.#toJson();
    return this.#json;
  }

  get cbor(): Uint8Array {
    this.#cbor ??= this.#toCbor();
    return this.#cbor;
  }

  /**
   * What a transport makes of the encoded frame. It is made once per codec, and all sockets share it.
   *
   * @param make the same function each time for one codec.
   */
  shared<T extends object>(useCbor: boolean, make: (frame: Frame) => T): T {
    if (useCbor) {
      this.#sharedCbor ??= make(this);
      return this.#sharedCbor as T;
    }
    this.#sharedJson ??= make(this);
    return this.#sharedJson as T;
  }

  /** Whether a transport should send the frame in parts. */
  get isLong(): boolean {
    return this.#init !== undefined && isLong(this.#init);
  }

  /** The parts of the encoded frame. Each is encoded when the iterator reaches it. */
  parts(useCbor: boolean): Iterator<string | Uint8Array, void> {
    if (this.#init) return useCbor ? cborParts(this.#init) : jsonParts(this.#init);
    return [useCbor ? this.cbor : this.json].values() as Iterator<string | Uint8Array, void>;
  }

  /**
   * `{"type":"push","key","value","seq"}`, with the value's own JSON text.
   *
   * @param valueCbor returns the value's CBOR. Called only to encode the frame in CBOR.
   * @param fields empty for plain connections.
   */
  static push(
    key: Key,
    value: Payload,
    seq: number,
    valueCbor: () => Uint8Array = () => value.cbor,
    fields: SessionFields = {},
  ): Frame {
    return new Frame(
      () => {
        const { prev, replace, from } = fields;
        const more =
          (prev === undefined ? "" : `,"prev":${prev}`) +
          (replace ? ',"replace":true' : "") +
          // A public name has no characters that JSON escapes.
          (from === undefined ? "" : `,"from":"${from}"`);
        return `{"type":"push","key":${JSON.stringify(key)},"value":${value.json},"seq":${seq}${more}}`;
      },
      () => encoded({ type: "push", key, value: new Encoded(valueCbor()), seq, ...fields }),
    );
  }

  /**
   * `{"type":"holds","key","seq","holds":[back,value…]}`: changed holds of a key (D23).
   *
   * @param holds with consecutive seqs.
   */
  static holds(key: Key, holds: readonly RoomHold[]): Frame {
    const seq = holds[0]?.seq as number;
    const back = ({ seq, was }: RoomHold) => seq - (was as number);
    return new Frame(
      () => {
        const pairs = holds.map((hold) => `${back(hold)},${hold.value.json}`);
        return `{"type":"holds","key":${JSON.stringify(key)},"seq":${seq},"holds":[${pairs}]}`;
      },
      () => {
        const pairs = holds.flatMap((hold) => [back(hold), new Encoded(hold.value.cborOf(hold.decoded))]);
        return encoded({ type: "holds", key, seq, holds: pairs });
      },
    );
  }

  /** `{"type":"init","key","data":[{"value","seq"}…]}` (P5). */
  static init(key: Key, entries: readonly Entry<Payload>[]): Frame {
    return Frame.#history({ key, entries });
  }

  /**
   * The `init` of a session. It also has `head`, `reset` if the client has to start over (S7), and the values
   * that are held (S9).
   */
  static resume(key: Key, history: KeyHistory): Frame {
    return Frame.#history({ key, ...history });
  }

  /** A frame without a value of the room. */
  static of(
    message:
      | StreamSize
      | Pong
      | ErrorMessage
      | Exclude<SessionMessageFromDb, { value: unknown } | { holds: unknown }>,
  ): Frame {
    return new Frame(
      () => JSON.stringify(message),
      () => encoded(message),
    );
  }

  static #history(init: Init): Frame {
    return new Frame(
      () => [...jsonParts(init)].join(""),
      () => concatBytes([...cborParts(init)]),
      init,
    );
  }
}

const encoded = (message: object): Uint8Array => cbor.encode(message) as Uint8Array;
