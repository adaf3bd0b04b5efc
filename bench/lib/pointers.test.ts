import { expect, test } from "vitest";
import { Pointers } from "./pointers.js";

test("a position encodes its client and number in coordinates of three digits", () => {
  const pointers = new Pointers(20, 300);
  for (let n = 0; n < 300; n++) {
    for (let client = 0; client < 20; client++) {
      const position = pointers.position({ client, n });
      expect(JSON.stringify(position)).toMatch(/^{"x":\d{3},"y":\d{3}}$/);
      expect(pointers.move(position)).toEqual({ client, n });
    }
  }
});

test("a position that was never sent is refused", () => {
  const pointers = new Pointers(20, 300);
  expect(() => pointers.move({ x: 400, y: 100 })).toThrow("no client was at 400, 100");
  expect(() => pointers.move({ x: 100, y: 120 })).toThrow("no client was at 100, 120");
  expect(() => pointers.move({ x: 100, y: Number.NaN })).toThrow("no client was at");
});
