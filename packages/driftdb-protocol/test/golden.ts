import { readFileSync } from "node:fs";

/** One golden vector, with its shorthands written out. The format is described in vectors/README.md. */
export interface Vector {
  readonly name: string;
  /** Whether the frame is one of a session connection; else it is one of a plain one. */
  readonly level?: "session" | undefined;
  readonly rule: string;
  readonly direction: "up" | "down";
  readonly codec: "json" | "cbor";
  /** The frame as bytes. */
  readonly frame: Uint8Array;
  /** What it means … */
  readonly message?: unknown;
  /** … or why it is refused. */
  readonly error?: { readonly code: string; readonly field?: string; readonly n?: number };
  /** Whether encoding the message gives exactly the frame. */
  readonly encode: boolean;
  /** Whether decoding the frame gives the message. */
  readonly decode: boolean;
}

type Spelled = string | (string | [string, number])[];

/** All vectors. Read as text: what a bundler makes of a JSON module loses `__proto__`. */
export function goldenVectors(): Vector[] {
  const file = new URL("../vectors/vectors.json", import.meta.url);
  const list = JSON.parse(readFileSync(file, "utf8")) as (Omit<Vector, "frame" | "encode" | "decode"> & {
    text?: Spelled;
    hex?: Spelled;
    encode?: true;
    decode?: false;
  })[];
  return list.map(({ text, hex, encode = false, decode = true, ...vector }) => ({
    ...vector,
    encode,
    decode,
    frame: hex === undefined ? new TextEncoder().encode(spell(text ?? "")) : fromHex(spell(hex)),
    ...("message" in vector && { message: writtenOut(vector.message) }),
  }));
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function spell(parts: Spelled): string {
  if (typeof parts === "string") return parts;
  return parts.map((part) => (typeof part === "string" ? part : part[0].repeat(part[1]))).join("");
}

/** Puts byte strings and repeated texts in the place of what stands for them. */
function writtenOut(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(writtenOut);
  if ("$bytes" in value) return fromHex(value.$bytes as string);
  if ("$repeat" in value) return spell([value.$repeat as [string, number]]);
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    Object.defineProperty(fields, name, { value: writtenOut(field), enumerable: true, configurable: true });
  }
  return fields;
}
