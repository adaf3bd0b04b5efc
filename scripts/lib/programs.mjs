import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { root, tool } from "./project.mjs";
import { stopChildren } from "./run.mjs";

// esbuild comes with tsup: one version bundles the packages and what runs beside them.
const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");

/** The names of a directory's TypeScript files, without `.ts`; tests left out. */
export const sources = (dir) =>
  readdirSync(join(root, dir), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map(({ name }) => basename(name, ".ts"));

/**
 * Bundles programs from the sources of the checkout, so that they need no build, into a directory that is gone when this
 * process ends. A signal that ends this process ends its children, too.
 *
 * @param entries Path of each source from the root, by the name of its program.
 * @param options.pages The same for what runs in a browser, as its users are served it.
 * @param options.modules The `node_modules` in which `external`, what stays outside of the bundles, is found.
 * @returns The path of a program by its name.
 */
export async function bundlePrograms(entries, { pages = {}, modules, external }) {
  mkdirSync(modules, { recursive: true });
  const outdir = mkdtempSync(join(modules, ".programs-"));
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      stopChildren();
      process.exit(1);
    });
  }
  const bundle = (paths, options) =>
    build({
      entryPoints: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(root, path)])),
      outdir,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      tsconfig: join(root, "tsconfig.json"),
      logLevel: "warning",
      ...options,
    });
  await bundle(entries, { target: "node20", platform: "node", external, sourcemap: "inline" });
  const define = { "process.env.NODE_ENV": '"production"' };
  await bundle(pages, { target: "es2022", platform: "browser", minify: true, define });
  return (name) => join(outdir, `${name}.mjs`);
}
