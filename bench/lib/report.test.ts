import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Bench, inRounds } from "./bench.js";
import { readable, save, table } from "./report.js";
import { Result } from "./result.js";

function measured(value: number): Result {
  const result = new Result();
  const at = (variant: string) => ({ case: "a case", variant, metric: "cost", unit: "µs" });
  for (const more of [0, 100, 1]) {
    result.note(at("ours"), value + more);
    result.note(at("theirs"), 10 * (value + more));
  }
  return result;
}

test("a figure is the median of its rounds, and a bar compares two", () => {
  const result = measured(2);
  const ratio = (other: string) => ({
    text: `cost of ${other}'s`,
    target: 0.1,
    better: "less" as const,
    value: (of: Result["of"]) => of("a case", "ours", "cost") / of("a case", other, "cost"),
  });
  result.bar(ratio("theirs"));
  result.bar({ ...ratio("theirs"), better: "more", target: 0.2 });
  result.bar(ratio("nobody"));
  const { figures, bars } = result.end({ name: "one", title: "One" }, 3);
  expect(figures.map(({ variant, median, rounds }) => ({ variant, median, rounds }))).toEqual([
    { variant: "ours", median: 3, rounds: [2, 102, 3] },
    { variant: "theirs", median: 30, rounds: [20, 1020, 30] },
  ]);
  expect(bars.map(({ reached }) => reached)).toEqual([true, false, false]);
});

test("the table has a line for each variant, and marks missed bars", () => {
  const result = measured(2);
  result.bar({
    text: "cost",
    target: 2,
    better: "less",
    value: (of) => of("a case", "ours", "cost"),
  });
  const lines = table(result.end({ name: "one", title: "One" }, 3)).split("\n");
  expect(lines[0]).toBe("One");
  expect(lines.slice(2)).toEqual([
    "",
    "  a case",
    "            cost (µs)",
    "    ours            3",
    "    theirs         30",
    "",
    "  MISSED   cost: 3 (≤ 2)",
  ]);
});

test.each([
  [0.001234, "0.00123"],
  [2, "2"],
  [12.345, "12.3"],
  [12_345.6, "12,346"],
  [Number.NaN, "–"],
])("%d is readable as %s", (value, text) => {
  expect(readable(value)).toBe(text);
});

test("a new result replaces the old one of its scenario, and leaves the others", () => {
  const directory = mkdtempSync(join(tmpdir(), "driftdb-report-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "results.json");
  const one = measured(1).end({ name: "one", title: "One" }, 3);
  const two = measured(2).end({ name: "two", title: "Two" }, 3);
  const again = measured(3).end({ name: "one", title: "One" }, 3);
  for (const result of [two, one, again]) save(path, result);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([again, two]);
});

test("every round measures each variant and begins with another one; the first is dropped", async () => {
  const noted: [string, number][] = [];
  const bench = {
    rounds: 2,
    note: ({ variant }, value) => noted.push([variant, value]),
  } as Partial<Bench> as Bench;
  let turn = 0;
  const warmUps: boolean[] = [];
  await inRounds(bench, ["a", "b", "c"], async (variant, note, warmsUp) => {
    warmUps.push(warmsUp);
    note({ case: "", variant, metric: "", unit: "" }, turn++);
  });
  expect(noted).toEqual([
    ["a", 3],
    ["b", 4],
    ["c", 5],
    ["b", 6],
    ["c", 7],
    ["a", 8],
  ]);
  expect(warmUps).toEqual([true, true, true, false, false, false, false, false, false]);
});
