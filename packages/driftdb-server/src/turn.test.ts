import { expect, test } from "vitest";
import { atTurnsEnd } from "./turn.js";

test("flushes at the end of the turn, after its microtasks and theirs, and only then", async () => {
  const order: string[] = [];
  const due = (name: string) => ({ flush: () => void order.push(name) });
  setImmediate(() => order.push("next turn"));
  atTurnsEnd(due("a"));
  queueMicrotask(() =>
    queueMicrotask(() => {
      order.push("microtask");
      atTurnsEnd(due("b"));
    }),
  );
  order.push("now");
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(order).toEqual(["now", "microtask", "a", "b", "next turn"]);
  atTurnsEnd(due("c"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order.at(-1)).toBe("c");
});
