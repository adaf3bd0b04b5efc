#!/usr/bin/env node
// Measures the download of an application's users: built packages, bundled with their dependencies, minified
// and gzipped.
//
// A chunk counts if static imports lead to it from the first one. Chunks behind an `import()`, such as the
// CBOR codec, are loaded on demand: they are printed and not counted. The size without splitting is that of a
// bundler that makes one file of everything: the README names it, and it has no limit.
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { root, tool } from "./lib/project.mjs";

/** Limits in gzipped bytes, and the label of each number in the README. */
const budgets = [
  {
    name: "{ DbConnection, Api } of driftdb",
    code: 'export { DbConnection, Api } from "driftdb"',
    limit: 5_850,
    label: "driftdb",
  },
  {
    name: "driftdb-react, without React",
    code: 'export * from "driftdb-react"',
    limit: 13_800,
    label: "driftdb-react",
  },
];

// esbuild comes with tsup: one version bundles the packages and measures them.
const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");

/**
 * @param splitting Whether code behind an `import()` is a chunk of its own.
 * @returns The chunks of a bundle: `file`, `bytes` gzipped, and whether it is `lazy`.
 */
async function bundle(code, splitting) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: join(root, "demos") },
    bundle: true,
    splitting,
    format: "esm",
    target: "es2022",
    platform: "browser",
    minify: true,
    metafile: true,
    write: false,
    outdir: "out",
    absWorkingDir: root,
    external: ["react", "react-dom"],
    define: { "process.env.NODE_ENV": '"production"' },
    // The paths of the root's tsconfig.json lead to the sources, and the built packages are measured.
    tsconfigRaw: {},
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs).filter((path) => /(^|\/)packages\/[^/]+\/src\//.test(path));
  if (inputs.length > 0)
    throw new Error(`The bundle contains sources instead of built packages: ${inputs.join(", ")}`);
  const loaded = new Set();
  const visit = (path) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path].imports) {
      if (kind === "import-statement" && !external) visit(next);
    }
  };
  visit("out/stdin.js");
  return outputFiles.map((file) => ({
    file: basename(file.path),
    bytes: gzipSync(file.contents, { level: 9 }).length,
    lazy: ![...loaded].some((path) => join(root, path) === file.path),
  }));
}

const kB = (bytes, digits = 2) => `${(bytes / 1000).toFixed(digits)} kB`;

/** The text of the README with the measured numbers. */
function inReadme(readme, sizes) {
  return sizes.reduce(
    (text, { label, bytes }) =>
      text.replace(new RegExp(`(<!-- size:${label} -->).*?(<!-- /size -->)`), `$1${kB(bytes, 1)}$2`),
    readme,
  );
}

/**
 * Measures every bundle that has a limit.
 *
 * @param say Called with a line about each bundle.
 * @param write Whether to write the numbers into the README, instead of comparing them with those in it.
 * @throws {Error} When a bundle is over its limit, or the README names another size.
 */
export async function measureSizes(say, write = false) {
  const over = [];
  /** @type {{ label: string, bytes: number }[]} What the README calls a number, and the number. */
  const sizes = [];
  for (const { name, code, limit, label } of budgets) {
    const chunks = await bundle(code, true);
    const total = chunks.filter((chunk) => !chunk.lazy).reduce((sum, chunk) => sum + chunk.bytes, 0);
    say(`${name}: ${kB(total)} of ${kB(limit)}`);
    for (const { file, bytes } of chunks.filter((chunk) => chunk.lazy)) {
      say(`  loaded on demand: ${file} ${kB(bytes)}`);
    }
    const [whole] = await bundle(code, false);
    say(`  without splitting: ${kB(whole.bytes)}`);
    sizes.push({ label, bytes: total }, { label: `${label}-unsplit`, bytes: whole.bytes });
    if (total > limit)
      over.push(`${name} is ${kB(total)}, ${total - limit} bytes over its limit of ${kB(limit)}.`);
  }
  const path = join(root, "README.md");
  const readme = readFileSync(path, "utf8");
  const right = inReadme(readme, sizes);
  if (write) writeFileSync(path, right);
  else if (right !== readme) over.push("README.md names other sizes: run `node scripts/size.mjs --write`.");
  if (over.length > 0) throw new Error(over.join("\n"));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await measureSizes((line) => console.log(line), process.argv.includes("--write")).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
