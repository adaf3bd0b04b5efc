import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageDir, published, root, seconds, tool } from "./project.mjs";
import { runNode } from "./run.mjs";

/** The times of change, in ms, of all files below a path; none where nothing is there. */
function times(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return [];
  return info.isDirectory() ? readdirSync(path).flatMap((name) => times(join(path, name))) : [info.mtimeMs];
}

/** Whether all that a package's build makes is there and newer than all that it is made from. */
function isFresh(name) {
  const dir = packageDir(name);
  const made = times(join(dir, "dist"));
  if (times(join(dir, "dist", "index.d.ts")).length === 0) return false;
  const sources = [
    ...["src", "package.json", "tsup.config.ts"].flatMap((path) => times(join(dir, path))),
    ...["tsup.base.ts", "tsconfig.base.json", "tsconfig.build.json", "pnpm-lock.yaml"].flatMap((path) =>
      times(join(root, path)),
    ),
  ];
  return Math.min(...made) > Math.max(...sources);
}

/**
 * Builds the published packages, each after the ones whose types it needs.
 *
 * @param options `force` builds what is up to date too; `say` is told each package's name and time.
 * @throws {Error} With the builder's output, when a package does not build.
 */
export async function buildPackages({ force = false, say = () => {} } = {}) {
  for (const name of published) {
    if (!force && isFresh(name)) continue;
    const start = performance.now();
    // tsup reads the package's old declarations while it deletes them, if they are there.
    rmSync(join(packageDir(name), "dist"), { recursive: true, force: true });
    const { code, output } = await runNode(tool("tsup"), ["--silent"], { cwd: packageDir(name) });
    if (code !== 0) throw new Error(`${name} does not build:\n${output}`);
    say(`${name} (${seconds(performance.now() - start)})`);
  }
}
