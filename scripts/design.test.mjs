import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readText, relativeLinks, tableBelow } from "./lib/markdown.mjs";
import { timersIn, timersNamed, timersOf } from "./lib/timers.mjs";

const PATH = "docs/contributing/design.md";
const page = readText(PATH);

describe("design.md", () => {
  test("links each file once", () => {
    const links = relativeLinks(page);
    expect(links.length).toBeGreaterThan(40);
    expect(links.filter((target, i) => links.indexOf(target) !== i)).toEqual([]);
  });

  test("names functions that exist in the files of the hops", () => {
    const hops = [...page.matchAll(/\[[\w.-]+\]\(([^)]+)\),\s+`([\w.#]+)`/g)];
    expect(hops.length).toBeGreaterThanOrEqual(27);
    const missing = hops.filter(([, target, name]) => {
      const source = readText(join(dirname(PATH), target));
      return !name.split(".").every((part) => source.includes(part));
    });
    expect(missing.map(([, target, name]) => `${target}: ${name}`)).toEqual([]);
  });

  test.each(["packages/driftdb-server/src", "packages/driftdb/src", "packages/driftdb-react/src"])(
    "names every timer and scheduler of %s, and no other",
    (dir) => {
      expect(timersNamed(page, dir)).toEqual(timersOf(dir));
    },
  );

  test("has no package with timers but those three", () => {
    expect(timersOf("packages/driftdb-protocol/src")).toEqual({});
  });

  test("says of every timer what it waits for, how long, why, and what cancels it", () => {
    const titles = page.split("\n").filter((line) => line.startsWith("### "));
    const rows = titles.flatMap((title) => tableBelow(page, title));
    expect(rows.length).toBeGreaterThan(30);
    const columns = ["name", "file", "call", "waits for", "how long", "why", "cancelled by"];
    expect(rows.filter((row) => columns.some((column) => !row[column]))).toEqual([]);
  });
});

test("timersIn counts calls, and neither types, comments, imports nor definitions", () => {
  const source = `
    import { setImmediate } from "node:timers/promises";
    import { backgroundJobs } from "./background-jobs.js";
    // setTimeout(run) in a comment
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (typeof setImmediate === "function") setImmediate(run);
    const schedule = other ?? queueMicrotask;
    function atEndOfTurn(step) { this.clock.after(5, step); }
    await this.#jobs.result(store.load());
    backgroundJobs.add(step);
    jobs.add(step);
    timer = setTimeout(() => setTimeout(run), 0);
  `;
  const wanted = { setImmediate: 1, queueMicrotask: 1, after: 1, result: 1, add: 1, setTimeout: 2 };
  expect(timersIn(source)).toEqual(wanted);
});
