import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root directory of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The published packages, each after the ones that it needs. */
export const published = ["driftdb-protocol", "driftdb", "driftdb-react", "driftdb-server"];

/** The directory of a published package. */
export const packageDir = (name) => join(root, "packages", name);

/**
 * The path of a tool's script, to run with the same Node as this process, without a shell or a `.cmd` shim on
 * any platform.
 *
 * @param name A package that the root depends on.
 * @param command The command, if the package has several.
 */
export function tool(name, command = name) {
  const dir = join(root, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  return join(dir, typeof bin === "string" ? bin : bin[command]);
}

/**
 * The repository's files, as paths from the root.
 *
 * @param patterns such as `*.md`, in any folder.
 */
export function repositoryFiles(...patterns) {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...patterns];
  const names = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  return names.filter((name) => name && existsSync(join(root, name)));
}

/** `1.2 s` */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
