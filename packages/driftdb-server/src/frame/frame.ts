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

/** What sessions are told of a message beside (S6, S9). */
export type Told = { [Field in "prev" | "replace" | "from"]?: SessionBroadcast[Field] | undefined };

/** A message of the server, encoded at most once per codec however many it is sent to. */
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
   * What a transport makes of the encoded frame, made once for all sockets that it is sent through.
   *
   * @param make the same function each time.
   */
  shared<T extends object>(useCbor: boolean, make: (frame: Frame) => T): T {
    if (useCbor) {
      this.#sharedCbor ??= make(this);
      return this.#sharedCbor as T;
    }
    this.#sharedJson ??= make(this);
    return this.#sharedJson as T;
  }

  /** Whether it is to be sent in parts. */
  get isLong(): boolean {
    return this.#init !== undefined && isLong(this.#init);
  }

  /** What it consists of, made as it is asked for. */
  parts(useCbor: boolean): Iterator<string | Uint8Array, void> {
    if (this.#init) return useCbor ? cborParts(this.#init) : jsonParts(this.#init);
    return [useCbor ? this.cbor : this.json].values() as Iterator<string | Uint8Array, void>;
  }

  /**
   * `{"type":"push","key","value","seq"}`: the value's own JSON text is used as it is.
   *
   * @param valueCbor makes the value's CBOR, if it is asked for.
   * @param more what sessions are told beside.
   */
  static push(
    key: Key,
    value: Payload,
    seq: number,
    valueCbor: () => Uint8Array = () => value.cbor,
    more: Told = {},
  ): Frame {
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
      () => encoded({ type: "push", key, value: new Encoded(valueCbor()), seq, ...more }),
    );
  }

  /** `{"type":"holds","key","seq","holds":[back,value…]}`: changed holds of a key, with a seq after the other (D23). */
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

  /** The same for a session, with `head` and, where the client has to start over, `reset` (S7), and what is held (S9). */
  static resume(key: Key, history: KeyHistory): Frame {
    return Frame.#history({ key, ...history });
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
