import { expect, test } from "vitest";
import { tinybase } from "./tinybase.js";

test("recognises a forwarded message as a delivery, and finds its number", () => {
  const socket = undefined as never;
  for (const n of [0, 1, 123_456]) {
    const { payload } = tinybase.message("bench", n, 100);
    const forwarded = Buffer.from(`dGhlIHNhbXBsZSBub25jZQ==${payload.toString()}`);
    expect(tinybase.isDelivery(forwarded, false, socket)).toBe(true);
    expect(tinybase.numberOf(forwarded)).toBe(n);
  }
});

test("takes no other frame for a delivery", () => {
  const hashes = Buffer.from('dGhlIHNhbXBsZSBub25jZQ==\n["abcdefghijk",2,[1,2]]');
  expect(tinybase.isDelivery(hashes, false, undefined as never)).toBe(false);
});
