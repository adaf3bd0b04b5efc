import { expect, test } from "vitest";
import { newRoomId } from "./ids.js";

test("P1 an id has 26 letters of an alphabet of 32: 130 bits", () => {
  for (let i = 0; i < 1_000; i++) expect(newRoomId()).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
});

test("P1 ids are unique, and each place has all letters", () => {
  const ids = Array.from({ length: 10_000 }, newRoomId);
  expect(new Set(ids).size).toBe(ids.length);
  for (let place = 0; place < 26; place++) {
    // One of 32 letters is missing in 10,000 draws with a probability of 10^-136.
    expect(new Set(ids.map((id) => id[place])).size).toBe(32);
  }
});
