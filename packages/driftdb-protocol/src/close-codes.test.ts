import { expect, it } from "vitest";
import { CloseCode, mayRetry } from "./close-codes.js";

it("S13 says after which closes a client may dial again", () => {
  const may = Object.entries(CloseCode).filter(([, code]) => mayRetry(code));
  expect(may.map(([name]) => name)).toEqual([
    "normal",
    "goingAway",
    "lost",
    "restart",
    "tryLater",
    "tooSlow",
    "outOfStep",
  ]);
});

it("S13 takes a code that it does not know for one that may be retried", () => {
  for (const code of [1002, 1005, 1011, 1015, 3000, 4999]) expect(mayRetry(code)).toBe(true);
});
