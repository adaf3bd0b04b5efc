import { expect, test } from "vitest";
import { newRoomId } from "./ids.js";

test("P1 an id is 26 letters out of 32: 130 bits", () => {
  for (let i = 0; i < 1_000; i++) expect(newRoomId()).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
});

test("P1 no two ids are alike, and every letter comes at every place", () => {
  const ids = Array.from({ length: 10_000 }, newRoomId);
  expect(new Set(ids).size).toBe(ids.length);
  for (let place = 0; place < 26; place++) {
    // That one of 32 letters is missing in 10,000 draws has a probability of 10^-136.
    expect(new Set(ids.map((id) => id[place])).size).toBe(32);
  }
});
