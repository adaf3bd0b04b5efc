import type { Key } from "driftdb-protocol";
import { cbor, Encoded } from "driftdb-protocol/cbor";
import { concatBytes } from "../core/bytes.js";
import type { Entry } from "../core/stream.js";
import type { KeyHistory } from "../engine/engine.js";
import type { Payload } from "../engine/payload.js";

/** Characters of JSON, or bytes of CBOR, at which a part is complete. */
const PART_SIZE = 65_536;

/** Approximate bytes of an entry without its value, so that many small values count as long, too. */
const ENTRY_OVERHEAD = 24;

/** The contents of an `init` (P5). Only a session's has `head`, `reset` and `held` (S7, S9). */
export type Init = { readonly key: Key; readonly entries: readonly Entry<Payload>[] } & Partial<
  Omit<KeyHistory, "entries">
>;

/** Whether the `init` is too long for one part. */
export function isLong({ entries, held = [] }: Init): boolean {
  let bytes = 0;
  for (const items of [entries, held]) {
    for (const { value } of items) {
      bytes += value.size + ENTRY_OVERHEAD;
      if (bytes > PART_SIZE) return true;
    }
  }
  return false;
}

/**
 * `{"type":"init","key","data":[{"value","seq"}…]}`, and `head`, `reset` and `held` where the `init` has
 * them. It contains each value's own JSON text.
 */
export function* jsonParts({ key, entries, head, reset, held = [] }: Init): Generator<string, void> {
  yield `{"type":"init","key":${JSON.stringify(key)},"data":[`;
  yield* joinTexts(entries, ({ value, seq }) => `{"value":${value.json},"seq":${seq}}`);
  yield head === undefined ? "]" : `],"head":${head}${reset ? ',"reset":true' : ""}`;
  if (held.length > 0) {
    yield ',"held":[';
    // A public name has no characters that JSON escapes.
    yield* joinTexts(held, ({ from, value, seq }) => `{"from":"${from}","value":${value.json},"seq":${seq}}`);
    yield "]";
  }
  yield "}";
}

/** The texts of all items in parts, with commas between them. */
function* joinTexts<T>(items: readonly T[], textOf: (item: T) => string): Generator<string, void> {
  let part: string[] = [];
  let length = 0;
  let comma = "";
  for (const item of items) {
    const text = textOf(item);
    part.push(text);
    length += text.length;
    if (length < PART_SIZE) continue;
    yield comma + part.join(",");
    comma = ",";
    part = [];
    length = 0;
  }
  if (part.length > 0) yield comma + part.join(",");
}

/** The same fields in CBOR (RFC 8949). */
export function* cborParts({ key, entries, head, reset, held = [] }: Init): Generator<Uint8Array, void> {
  let items: Uint8Array[] = [];
  let bytes = 0;
  const add = (item: Uint8Array) => {
    items.push(item);
    bytes += item.length;
  };
  const nextPart = () => {
    const part = concatBytes(items);
    items = [];
    bytes = 0;
    return part;
  };
  const rest = { ...(head !== undefined && { head }), ...(reset && { reset }) };
  add(header(0xa0, 3 + Object.keys(rest).length + (held.length > 0 ? 1 : 0)));
  for (const item of ["type", "init", "key", key, "data"]) add(encoded(item));
  add(header(0x80, entries.length));
  for (const { value, seq } of entries) {
    add(encoded({ value: new Encoded(value.cbor), seq }));
    if (bytes >= PART_SIZE) yield nextPart();
  }
  for (const field of Object.entries(rest)) for (const item of field) add(encoded(item));
  if (held.length > 0) {
    add(encoded("held"));
    add(header(0x80, held.length));
    for (const { from, value, seq } of held) {
      add(encoded({ from, value: new Encoded(value.cbor), seq }));
      if (bytes >= PART_SIZE) yield nextPart();
    }
  }
  if (bytes > 0) yield nextPart();
}

const encoded = (item: unknown): Uint8Array => cbor.encode(item as object) as Uint8Array;

/** The first bytes of a map (0xa0) or an array (0x80) with this length (RFC 8949, section 3). */
function header(type: 0xa0 | 0x80, length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(type | length);
  const bytes = new Uint8Array(5);
  bytes[0] = type | 26;
  new DataView(bytes.buffer).setUint32(1, length);
  return bytes;
}
