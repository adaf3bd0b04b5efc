import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "./project.mjs";

const COPIED = ["packages", "gates", "e2e", "scripts", "CONTRIBUTING.md", "package.json", "tsconfig.json"];
const LEFT_OUT = new Set(["node_modules", "dist", ".next", ".tmp"]);

/** A copy of the repository's sources, in which a test may break rules. */
function copyOfSources() {
  const copy = mkdtempSync(join(realpathSync(tmpdir()), "driftdb-floors-"));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const filter = (path) => !LEFT_OUT.has(basename(path));
  for (const name of [...COPIED, "tsconfig.base.json"])
    cpSync(join(root, name), join(copy, name), { recursive: true, filter });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

const check = (copy) =>
  spawnSync(process.execPath, [join(copy, "scripts", "floors.mjs")], { encoding: "utf8" });

test("every kind of broken rule is reported, with both files and a remedy", () => {
  const copy = copyOfSources();
  const change = (file, how) => {
    const before = readFileSync(join(copy, file), "utf8");
    const after = how(before);
    expect(after, file).not.toBe(before);
    writeFileSync(join(copy, file), after);
  };
  const add = (file, line) => change(`packages/${file}`, (text) => `${text}${line}\n`);
  const create = (file, text) => writeFileSync(join(copy, "packages", file), text);

  add("driftdb-server/src/core/stream.ts", 'export type { Engine as Up } from "../engine/engine.js";');
  add("driftdb-server/src/frame/frame.ts", 'export type Up = import("../room/room-host.js").RoomHost;');
  add("driftdb-server/src/engine/ids.ts", 'export const up = () => import("./local/local-engine.js");');
  add("driftdb-protocol/src/check/value.ts", 'import "../cbor/codec.js";');
  create(
    "driftdb/src/observable/ping.ts",
    'import type { Pong } from "./pong.js";\nexport type Ping = Pong;\n',
  );
  create(
    "driftdb/src/observable/pong.ts",
    'import type { Ping } from "./ping.js";\nexport type Pong = Ping;\n',
  );
  add("driftdb/src/wire/web-socket.ts", 'import "../../../driftdb-protocol/src/limits.js";');
  add("driftdb/src/wire/web-socket.ts", 'import "driftdb-server";');
  create("driftdb/src/novelty.ts", "export {};\n");
  create(
    "driftdb/src/free.test.ts",
    'import "./index.js";\nimport "../../driftdb-protocol/src/limits.js";\n',
  );
  change("scripts/lib/floors.mjs", (text) =>
    text
      .replace('["index", "exports"],', '["index", "exports"], ["cellar", "nothing"],')
      .replace(
        "export const exceptions = [",
        'export const exceptions = [{ from: "gates/", to: "packages/driftdb-react/", why: "" },',
      ),
  );

  const { status, stderr } = check(copy);
  expect(status).toBe(1);
  const problems = stderr.trim().split("\n\n");
  const expected = [
    /core\/stream\.ts imports .*\/engine\/engine\.ts, but "engine" is on a higher floor than "core"/,
    /frame\/frame\.ts imports .*\/room\/room-host\.ts, but "room" is on a higher floor than "frame"/,
    /engine\/ids\.ts imports .*, but "engine\/local" is on a higher floor than "engine"/,
    /check\/value\.ts imports .*, but "cbor" shares a floor with "check"/,
    /circle: .*observable\/p.ng\.ts → .*observable\/p.ng\.ts → .*\n {2}Move what both sides need/,
    /wire\/web-socket\.ts imports packages\/driftdb-protocol\/src\/limits\.ts, a file of another package/,
    /wire\/web-socket\.ts imports "driftdb-server", which driftdb does not use/,
    /driftdb\/src\/novelty\.ts is on no floor of driftdb: add it/,
    /lists "cellar" of driftdb-react, which is not there: delete it/,
    /CONTRIBUTING\.md draws another house/,
    /allows gates\/ to import packages\/driftdb-react\/, and nothing does: delete that entry/,
  ];
  for (const pattern of expected) expect(problems).toContainEqual(expect.stringMatching(pattern));
  expect(problems).toHaveLength(expected.length);
});
