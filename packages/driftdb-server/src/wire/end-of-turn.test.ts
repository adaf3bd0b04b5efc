import { expect, test } from "vitest";
import { atEndOfTurn } from "./end-of-turn.js";

test("flushes once, at the end of the turn, after all microtasks", async () => {
  const order: string[] = [];
  const due = (name: string) => ({ flush: () => void order.push(name) });
  setImmediate(() => order.push("next turn"));
  atEndOfTurn(due("a"));
  queueMicrotask(() =>
    queueMicrotask(() => {
      order.push("microtask");
      atEndOfTurn(due("b"));
    }),
  );
  order.push("now");
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(order).toEqual(["now", "microtask", "a", "b", "next turn"]);
  atEndOfTurn(due("c"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order.at(-1)).toBe("c");
});
