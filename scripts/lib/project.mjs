import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root directory. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The packages that are published, each after the ones it needs. */
export const published = ["driftdb-protocol", "driftdb", "driftdb-react", "driftdb-server"];

/** The directory of a published package. */
export const packageDir = (name) => join(root, "packages", name);

/**
 * The path of a tool's script, to be run with this very Node: no shell and no `.cmd` shim stands between, so that it
 * is the same on every platform.
 *
 * @param name An installed package that the root depends on.
 * @param command The command, where the package has several.
 */
export function tool(name, command = name) {
  const dir = join(root, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  return join(dir, typeof bin === "string" ? bin : bin[command]);
}

/** `1.2 s` */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
