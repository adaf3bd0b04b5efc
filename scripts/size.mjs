#!/usr/bin/env node
// What an application's users download: built packages, bundled, minified and gzipped, dependencies included.
//
// Chunks count when they are loaded with the first one, that is, when a chain of static imports leads to them. What is
// behind an `import()`, as the CBOR codec, is loaded by those who use it, and is printed but not counted.
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { root, tool } from "./lib/project.mjs";

/** Limits in bytes, gzipped, and what the README calls the number. */
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

/** @returns The chunks of a bundle: `file`, `bytes` gzipped, and whether it is `lazy`. */
async function bundle(code) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: join(root, "demos") },
    bundle: true,
    splitting: true,
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
    // Without the root's tsconfig.json, whose paths lead to the sources: the built packages are what is published.
    tsconfigRaw: {},
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs).filter((path) => /(^|\/)packages\/[^/]+\/src\//.test(path));
  if (inputs.length > 0) throw new Error(`Measured sources in place of built packages: ${inputs.join(", ")}`);
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

/** The README with the measured numbers where it names them. */
function inReadme(readme, sizes) {
  return sizes.reduce(
    (text, { label, total }) =>
      text.replace(new RegExp(`(<!-- size:${label} -->).*?(<!-- /size -->)`), `$1${kB(total, 1)}$2`),
    readme,
  );
}

/**
 * Measures every bundle that has a limit.
 *
 * @param say Is told each bundle's size.
 * @param write Whether to write the numbers into the README, instead of comparing them with those in it.
 * @throws {Error} When one is larger than its limit, or the README says something else.
 */
export async function measureSizes(say, write = false) {
  const over = [];
  const sizes = [];
  for (const { name, code, limit, label } of budgets) {
    const chunks = await bundle(code);
    const total = chunks.filter((chunk) => !chunk.lazy).reduce((sum, chunk) => sum + chunk.bytes, 0);
    say(`${name}: ${kB(total)} of ${kB(limit)}`);
    for (const { file, bytes } of chunks.filter((chunk) => chunk.lazy)) {
      say(`  loaded on demand: ${file} ${kB(bytes)}`);
    }
    sizes.push({ label, total });
    if (total > limit)
      over.push(`${name} is ${kB(total)}, ${total - limit} bytes over its limit of ${kB(limit)}.`);
  }
  const path = join(root, "README.md");
  const readme = readFileSync(path, "utf8");
  const right = inReadme(readme, sizes);
  if (write) writeFileSync(path, right);
  else if (right !== readme) over.push("README.md tells other sizes: run `node scripts/size.mjs --write`.");
  if (over.length > 0) throw new Error(over.join("\n"));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await measureSizes((line) => console.log(line), process.argv.includes("--write")).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
