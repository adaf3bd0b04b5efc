import { cbor } from "driftdb-protocol/cbor";
import { describe, expect, test } from "vitest";
import { Payload } from "../engine/payload.js";
import { cborParts, isLong, jsonParts } from "./init-encoder.js";

const value = (i: number, bytes = 100) => Payload.of({ i, text: "é".repeat(bytes) }, false);
const entries = (count: number, bytes?: number) =>
  Array.from({ length: count }, (_, i) => ({ seq: i + 1, value: value(i, bytes), snapshot: false }));
const held = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ seq: i + 1, from: `name ${i}`, value: value(i) }));
const ONE = Payload.of(1, false);

const INITS = [
  ["no entries", { key: "k", entries: [] }],
  ["a few entries", { key: 'k"', entries: entries(30), head: 9, reset: true, held: held(30) }],
  ["many entries", { key: "k", entries: entries(3_000), head: 9, reset: false, held: [] }],
  ["many held values", { key: "k", entries: [], head: 9, reset: false, held: held(3_000) }],
  ["many short values", { key: "k", entries: entries(5_000, 0).map((entry) => ({ ...entry, value: ONE })) }],
  ["one long value", { key: "k", entries: entries(3, 200_000) }],
] as const;

describe.each(INITS)("an init of %s", (_, init) => {
  const expected = {
    type: "init",
    key: init.key,
    data: init.entries.map(({ seq, value: { value } }) => ({ value, seq })),
    ...("head" in init && { head: init.head }),
    ...("reset" in init && init.reset && { reset: true }),
    ...("held" in init &&
      init.held.length > 0 && {
        held: init.held.map(({ seq, from, value: { value } }) => ({ from, value, seq })),
      }),
  };

  test("P5, S7, S9 has the same contents in both codecs when its parts are joined", () => {
    expect(JSON.parse([...jsonParts(init)].join(""))).toEqual(expected);
    const whole = Buffer.concat([...cborParts(init)]);
    expect(cbor.decode(whole)).toEqual(expected);
    // The codec's own encoding begins with the same bytes: definite lengths, and the same order of fields.
    expect(whole.subarray(0, 5)).toEqual(Buffer.from(cbor.encode(expected) as Uint8Array).subarray(0, 5));
  });

  test("has parts of about 64 KiB, or of one longer value", () => {
    const longest = Math.max(0, ...init.entries.map(({ value: { size } }) => size));
    for (const part of jsonParts(init)) expect(part.length).toBeLessThan(65_536 + 4_000 + longest);
    for (const part of cborParts(init)) expect(part.length).toBeLessThan(65_536 + 4_000 + longest);
    const whole = [...jsonParts(init)].join("").length;
    if (!isLong(init)) expect(whole).toBeLessThan(2 * 65_536);
    else expect([...jsonParts(init)].length).toBeGreaterThan(whole / 300_000);
  });
});
