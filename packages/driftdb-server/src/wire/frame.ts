import type {
  ErrorMessage,
  Key,
  Pong,
  SessionBroadcast,
  SessionMessageFromDb,
  StreamSize,
} from "driftdb-protocol";
import { cbor, Encoded } from "driftdb-protocol/cbor";
import type { Entry } from "../core/stream.js";
import type { Broadcast, History } from "../engine/engine.js";
import type { Payload } from "../engine/payload.js";
import { FrameBatch } from "./frame-batch.js";
import { cborParts, type Init, isLong, jsonParts } from "./init-encoder.js";
import { BINARY, TEXT, wsFrame } from "./ws-frame.js";

/** What sessions are told of a message beside (S6, S9). */
type Told = { [Field in "prev" | "replace" | "from"]?: SessionBroadcast[Field] | undefined };

/** A message of the server, encoded at most once per codec however many it is sent to. */
export class Frame {
  readonly #toJson: () => string;
  readonly #toCbor: () => Uint8Array;
  readonly #init: Init | undefined;
  #json: string | undefined;
  #cbor: Uint8Array | undefined;
  #jsonBatch: FrameBatch | undefined;
  #cborBatch: FrameBatch | undefined;

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

  /** It alone as it goes over the wire, the same object each time. */
  batch(useCbor: boolean): FrameBatch {
    if (useCbor) {
      this.#cborBatch ??= new FrameBatch(wsFrame(BINARY, this.cbor));
      return this.#cborBatch;
    }
    this.#jsonBatch ??= new FrameBatch(wsFrame(TEXT, this.json));
    return this.#jsonBatch;
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
      () => encoded({ type: "push", key, value: new Encoded(value.cbor), seq, ...more }),
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
      () => {
        const pairs = holds.flatMap((hold) => [back(hold), new Encoded(hold.value.cbor)]);
        return encoded({ type: "holds", key, seq, holds: pairs });
      },
    );
  }

  /** `{"type":"init","key","data":[{"value","seq"}…]}` (P5). */
  static init(key: Key, entries: readonly Entry<Payload>[]): Frame {
    return Frame.#history({ key, entries });
  }

  /** The same for a session, with `head` and, where the client has to start over, `reset` (S7), and what is held (S9). */
  static resume(key: Key, history: History): Frame {
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
      () => Buffer.concat([...cborParts(init)]),
      init,
    );
  }
}

const encoded = (message: object): Uint8Array => cbor.encode(message) as Uint8Array;
