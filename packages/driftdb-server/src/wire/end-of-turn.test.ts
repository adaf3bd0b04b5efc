import { expect, test } from "vitest";
import { atEndOfTurn } from "./end-of-turn.js";

test("flushes once at the end of the turn, after all its microtasks", async () => {
  const order: string[] = [];
  const flushable = (name: string) => ({ flush: () => void order.push(name) });
  setImmediate(() => order.push("next turn"));
  atEndOfTurn(flushable("a"));
  queueMicrotask(() =>
    queueMicrotask(() => {
      order.push("microtask");
      atEndOfTurn(flushable("b"));
    }),
  );
  order.push("now");
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(order).toEqual(["now", "microtask", "a", "b", "next turn"]);
  atEndOfTurn(flushable("c"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order.at(-1)).toBe("c");
});
