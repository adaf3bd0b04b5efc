import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { root, tool } from "./project.mjs";

// esbuild comes with tsup: one version bundles the packages and the simulation of them.
const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");

/** Where the simulation begins. */
const entry = join(root, "packages", "testkit", "src", "sim", "run.ts");

/**
 * Bundles the simulation with the sources of the client and the server, for Node.
 *
 * @param outfile The module to be written.
 * @param patch A change of one source: its path from the root, the text to `find`, and what to put in its place.
 * @throws {Error} When the text is not there exactly once.
 */
export async function bundleSimulation(outfile, patch) {
  let applied = false;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "node20",
    platform: "node",
    // What is bundled finds CommonJS modules by `require`, which an ES module does not have.
    banner: {
      js: 'import { createRequire as require_ } from "node:module"; const require = require_(import.meta.url);',
    },
    external: ["libsql", "ws"],
    absWorkingDir: root,
    logLevel: "silent",
    plugins: patch && [
      {
        name: "mutant",
        setup: ({ onLoad }) => {
          onLoad({ filter: /packages[\\/].*[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
            if (relative(root, path).replaceAll("\\", "/") !== patch.file) return undefined;
            const parts = readFileSync(path, "utf8").split(patch.find);
            if (parts.length !== 2) {
              const text = `${patch.file} has ${parts.length - 1} times, and not once:\n${patch.find}`;
              return { errors: [{ text }] };
            }
            applied = true;
            return { contents: parts.join(patch.replace), loader: "ts" };
          });
        },
      },
    ],
  });
  if (patch && !applied) throw new Error(`${patch.file} is not a part of the simulation`);
}
