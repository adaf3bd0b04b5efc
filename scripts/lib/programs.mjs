import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { root, tool } from "./project.mjs";
import { stopChildren } from "./run.mjs";

// The esbuild of tsup: one version bundles the packages and these programs.
const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");

/** The names of the TypeScript files in a directory, without `.ts` and without tests. */
export const sources = (dir) =>
  readdirSync(join(root, dir), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map(({ name }) => basename(name, ".ts"));

/**
 * Bundles programs from the sources of the checkout, so that they need no build, into a directory that is
 * deleted when this process ends. A signal that ends this process also ends its children.
 *
 * @param entries The path of each program's source from the root, by the name of the program.
 * @param options.pages The same for pages of a browser, which are minified.
 * @param options.others The same for programs of another checkout: `entries`, and its `root`.
 * @param options.modules The `node_modules` directory that contains the packages of `external`.
 * @param options.external Packages that stay outside of the bundles.
 * @returns The path of a program by its name.
 */
export async function bundlePrograms(entries, { pages = {}, others, modules, external }) {
  mkdirSync(modules, { recursive: true });
  const outdir = mkdtempSync(join(modules, ".programs-"));
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      stopChildren();
      process.exit(1);
    });
  }
  const bundle = (paths, options, from = root) =>
    build({
      entryPoints: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(from, path)])),
      outdir,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      tsconfig: join(from, "tsconfig.json"),
      logLevel: "warning",
      // With `sideEffects: false`, esbuild leaves out that modules are initialized which a dynamic import
      // shares.
      ignoreAnnotations: true,
      ...options,
    });
  const inNode = { target: "node20", platform: "node", external, sourcemap: "inline" };
  await bundle(entries, inNode);
  if (others) await bundle(others.entries, inNode, others.root);
  const define = { "process.env.NODE_ENV": '"production"' };
  await bundle(pages, { target: "es2022", platform: "browser", minify: true, define });
  return (name) => join(outdir, `${name}.mjs`);
}
