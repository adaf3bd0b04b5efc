import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { patched } from "./patch.mjs";
import { root, tool } from "./project.mjs";

// The esbuild of tsup: one version bundles the packages and their simulation.
const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");

/** The entry of the simulation. */
const entry = join(root, "packages", "testkit", "src", "sim", "run.ts");

/**
 * Packages of the server's parts that the simulation leaves out: an import of them that nothing uses is
 * dropped.
 */
const unused = {
  name: "unused",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^(libsql|ws)$/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
};

/**
 * Bundles the simulation with the sources of client and server, for Node.
 *
 * @param outfile The path of the bundle.
 * @param patch A change of one source: the path of its `file` from the root, the text to `find`, and its
 *   `replace`ment.
 * @throws {Error} When the file does not contain the text exactly once.
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
    // CommonJS modules in the bundle call `require`, which an ES module does not have.
    banner: {
      js:
        'import { createRequire as require_ } from "node:module";' +
        "const require = require_(import.meta.url);",
    },
    absWorkingDir: root,
    logLevel: "silent",
    plugins: [
      unused,
      patch && {
        name: "mutant",
        setup: ({ onLoad }) => {
          onLoad({ filter: /packages[\\/].*[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
            if (relative(root, path).replaceAll("\\", "/") !== patch.file) return undefined;
            applied = true;
            return { contents: patched(readFileSync(path, "utf8"), patch), loader: "ts" };
          });
        },
      },
    ].filter(Boolean),
  });
  if (patch && !applied)
    throw new Error(`The simulation does not load ${patch.file}: correct the path in the list of mutants`);
}
