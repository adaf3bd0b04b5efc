import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./lib/project.mjs";

const LEFT_OUT = new Set(["node_modules", "dist", ".git", ".next", ".tmp", "driftdb-data"]);

/** Every path below a directory, from the root, with a slash before it. */
function pathsBelow(dir = "") {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    if (LEFT_OUT.has(entry.name)) return [];
    const path = `${dir}/${entry.name}`;
    return entry.isDirectory() ? [`${path}/`, ...pathsBelow(path)] : [path];
  });
}

test("CONTRIBUTING.md names only files and commands that exist", () => {
  const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const paths = pathsBelow();
  const code = [...page.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, text]) => text);
  // `<name>` stands for a file that the reader makes.
  const named = code.filter((text) => /^[\w./-]+(\.(tsx?|mjs|jsx|md|json)|\/)$/.test(text));
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !paths.some((path) => path.endsWith(`/${name}`)))).toEqual([]);

  const links = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);

  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const commands = [...page.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name);
  expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
  const check = readFileSync(join(root, "scripts", "check.mjs"), "utf8");
  const steps = [...check.matchAll(/name: "(\w+)",\s+title:/g)].map(([, name]) => name);
  const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(listed).toEqual(steps);
  const run = [...page.matchAll(/node (scripts\/[\w/-]+\.mjs)/g)].map(([, path]) => path);
  expect(run.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
