import { expect, test } from "vitest";
import { shallowEqual } from "./shallow-equal.js";

test.each([
  [1, 1, true],
  [Number.NaN, Number.NaN, true],
  [undefined, undefined, true],
  [undefined, null, false],
  [{}, null, false],
  [{}, {}, true],
  [{}, Object.create(null), true],
  [[], {}, false],
  [["a"], ["a"], true],
  [["a"], ["b"], false],
  [{ a: 1 }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: undefined }, { b: undefined }, false],
  [{ a: {} }, { a: {} }, false],
  [new Set(["a"]), new Set(["a"]), false],
  [new Map(), new Map(), false],
  [new Date(0), new Date(1), false],
])("%j and %j: %j", (a, b, expected) => {
  expect([shallowEqual(a, b), shallowEqual(b, a)]).toEqual([expected, expected]);
});
