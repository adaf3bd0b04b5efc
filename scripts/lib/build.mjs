import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageDir, published, root, seconds, tool } from "./project.mjs";
import { runNode } from "./run.mjs";

/** The modification times (ms) of all files below a path; none if the path does not exist. */
function times(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return [];
  return info.isDirectory() ? readdirSync(path).flatMap((name) => times(join(path, name))) : [info.mtimeMs];
}

/** Whether the built files of a package exist and are newer than its sources. */
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
 * @param options `force` also builds packages that are up to date. `say` is called with each package's name
 *   and time.
 * @throws {Error} With the output of tsup, when a package does not build.
 */
export async function buildPackages({ force = false, say = () => {} } = {}) {
  for (const name of published) {
    if (!force && isFresh(name)) continue;
    const start = performance.now();
    // Otherwise tsup reads old declarations of the package while it deletes them.
    rmSync(join(packageDir(name), "dist"), { recursive: true, force: true });
    const { code, output } = await runNode(tool("tsup"), ["--silent"], { cwd: packageDir(name) });
    if (code !== 0) throw new Error(`${name} does not build:\n${output}`);
    say(`${name} (${seconds(performance.now() - start)})`);
  }
}
