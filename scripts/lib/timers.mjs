import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readText, tableBelow } from "./markdown.mjs";
import { root } from "./project.mjs";

/** What the platform has, as it is called, or passed on. */
const PLATFORM =
  /(?<!typeof )\b(setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|requestAnimationFrame|requestIdleCallback)\b(?=\s*[(;,)])/g;
/** Limits of time that Node keeps. */
const OPTIONS =
  /\b(headersTimeout|requestTimeout|connectionsCheckingInterval|AbortSignal\.timeout)\b(?=[:(])/g;
/** The schedulers of these packages, as their users call them. */
const OWN =
  /(?<!function\*? |[.\w])(atEndOfTurn|inTurns|scheduleUpdate|scheduleFrame)\b(?=[(),])|(?<=backgroundJobs\.|#jobs\.)(add|result)(?=\()|(?<=\.)(after|nextTurn|flushAfter)(?=\()/g;

/** Counts the calls of timers and schedulers in a source: `{ setTimeout: 2 }`. */
export function timersIn(source) {
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "")
    .replace(/^\s*(import|export)\s+(type\s+)?\{[^}]*\}\s+from[^;]*;/gm, "");
  const counts = {};
  for (const pattern of [PLATFORM, OPTIONS, OWN]) {
    for (const [call] of code.matchAll(pattern)) counts[call] = (counts[call] ?? 0) + 1;
  }
  return counts;
}

/** The timers of a package's sources, by file and call: `wire/heartbeat.ts setInterval` → 1. */
export function timersOf(dir) {
  const timers = {};
  for (const path of readdirSync(join(root, dir), { recursive: true })) {
    if (!/\.tsx?$/.test(path) || /\.test(-d)?\.tsx?$/.test(path)) continue;
    const file = path.replaceAll("\\", "/");
    const counts = timersIn(readText(`${dir}/${file}`));
    for (const [call, count] of Object.entries(counts)) timers[`${file} ${call}`] = count;
  }
  return timers;
}

/** The timers that design.md names for a package, in the same form. */
export function timersNamed(page, dir) {
  const title = page.split("\n").find((line) => line.startsWith("### ") && line.endsWith(`: ${dir}`)) ?? "?";
  const timers = {};
  for (const { file, call } of tableBelow(page, title)) {
    for (const [, name, count] of call.matchAll(/`([\w.]+)`(?: ×(\d+))?/g)) {
      const timer = `${file.replaceAll("`", "")} ${name}`;
      timers[timer] = (timers[timer] ?? 0) + Number(count ?? 1);
    }
  }
  return timers;
}
