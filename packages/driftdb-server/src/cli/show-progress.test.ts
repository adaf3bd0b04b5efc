import { expect, test } from "vitest";
import { showProgress } from "./show-progress.js";

test("prints each tenth of long work once, and each new message", () => {
  const lines: string[] = [];
  const show = showProgress((line) => lines.push(line));
  for (let i = 0; i <= 1_000; i++) show({ message: "migrating", fraction: i / 1_000 });
  show({ message: "migrating", fraction: 1 });
  show({ message: "kept a copy", fraction: 1 });
  const tenths = Array.from({ length: 11 }, (_, i) => `migrating: ${i * 10} %\n`);
  expect(lines).toEqual([...tenths, "kept a copy: 100 %\n"]);
});
