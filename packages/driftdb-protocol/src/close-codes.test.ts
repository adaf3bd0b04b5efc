import { expect, it } from "vitest";
import * as exported from "./close-codes.js";

const { mayRetry, ...codes } = exported;

it("S13 says after which closes a client may dial again", () => {
  const all = Object.entries<number>(codes).sort(([, a], [, b]) => a - b);
  expect(all.length).toBe(12);
  expect(all.filter(([, code]) => mayRetry(code)).map(([name]) => name)).toEqual([
    "CLOSE_NORMAL",
    "CLOSE_GOING_AWAY",
    "CLOSE_LOST",
    "CLOSE_RESTART",
    "CLOSE_TRY_LATER",
    "CLOSE_TOO_SLOW",
    "CLOSE_OUT_OF_STEP",
  ]);
});

it("S13 takes a code that it does not know for one that may be retried", () => {
  for (const code of [1002, 1005, 1011, 1015, 3000, 4999]) expect(mayRetry(code)).toBe(true);
});
