#!/usr/bin/env node
// Keeps a report of each published package's public API in packages/<name>/api, so that a change of it shows
// in a diff. `node scripts/api.mjs` compares the reports with the packages, `node scripts/api.mjs --write`
// (`npm run api`) writes them.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackages } from "./lib/build.mjs";
import { packageDir, published, root, tool } from "./lib/project.mjs";
import { run, runNode } from "./lib/run.mjs";

const { Extractor, ExtractorConfig } = createRequire(import.meta.url)("@microsoft/api-extractor");

/** The entry points of a package that have types: where they are, and the file name of the report. */
function entriesOf(name) {
  const { exports } = JSON.parse(readFileSync(join(packageDir(name), "package.json"), "utf8"));
  return Object.entries(exports).flatMap(([path, { types }]) =>
    types
      ? [{ types: join(packageDir(name), types), report: `${name}${path.slice(1).replaceAll("/", "-")}` }]
      : [],
  );
}

/**
 * How API Extractor reads a package. What it says of missing release tags and of TSDoc's fine print is left
 * out.
 */
function configOf(name, { types, report }, folder) {
  const silent = { default: { logLevel: "none" } };
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(packageDir(name), "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: packageDir(name),
      mainEntryPointFilePath: types,
      compiler: {
        overrideTsconfig: {
          extends: join(root, "tsconfig.base.json"),
          include: [types],
        },
      },
      apiReport: { enabled: true, reportFileName: report, reportFolder: folder, reportTempFolder: folder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: { ...silent, "ae-forgotten-export": { logLevel: "error" } },
        tsdocMessageReporting: silent,
      },
    },
  });
}

/**
 * The report of one entry point.
 *
 * @throws {Error} When a type that it uses is not exported.
 */
function reportOf(name, entry) {
  const folder = mkdtempSync(join(tmpdir(), "driftdb-api-"));
  try {
    const problems = [];
    Extractor.invoke(configOf(name, entry, folder), {
      localBuild: true,
      messageCallback(message) {
        message.handled = true;
        if (message.logLevel === "error") problems.push(message.text);
      },
    });
    if (problems.length > 0) {
      const remedy = "Export the type from the entry point, or mark the member that uses it @internal.";
      throw new Error(`${entry.report}:\n${problems.join("\n")}\n${remedy}`);
    }
    const text = readFileSync(join(folder, `${entry.report}.api.md`), "utf8");
    return text.replace("// (No @packageDocumentation comment for this package)\n\n", "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What differs between a committed report and the package, as a diff. Empty if nothing does. */
async function differenceFrom(path, text) {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return "";
  if (!existsSync(path)) return `${relative(root, path)} is missing.`;
  const folder = mkdtempSync(join(tmpdir(), "driftdb-api-"));
  const now = join(folder, basename(path));
  writeFileSync(now, text);
  const { output } = await run("git", ["diff", "--no-index", "--no-color", "--unified=1", path, now]);
  rmSync(folder, { recursive: true });
  const changes = output.split("\n").slice(4).join("\n").trimEnd();
  return `${relative(root, path)} differs from the package:\n${changes}`;
}

/**
 * Compares the reports with the built packages, or writes them. Also compiles the packages' sources against
 * the published types of the others, in which members marked @internal are missing: no package may use
 * another's.
 *
 * @param say Is told each report's name.
 * @throws {Error} When a report differs, a type is not exported, or a package uses a member that is not
 *   published.
 */
export async function checkApi(say, write = false) {
  await buildPackages();
  const failures = [];
  for (const name of published) {
    const folder = join(packageDir(name), "api");
    const files = new Set(existsSync(folder) ? readdirSync(folder) : []);
    for (const entry of entriesOf(name)) {
      const path = join(folder, `${entry.report}.api.md`);
      files.delete(basename(path));
      try {
        const text = reportOf(name, entry);
        if (write) {
          mkdirSync(folder, { recursive: true });
          writeFileSync(path, text);
        } else {
          const difference = await differenceFrom(path, text);
          if (difference) failures.push(`${difference}\nIf the change is meant, run \`npm run api\`.`);
        }
        say(entry.report);
      } catch (error) {
        failures.push(error.message);
      }
    }
    for (const file of files) {
      if (write) rmSync(join(folder, file));
      else
        failures.push(`${relative(root, join(folder, file))} reports no entry point: run \`npm run api\`.`);
    }
  }
  const { code, output } = await runNode(tool("typescript", "tsc"), [
    "--noEmit",
    "-p",
    "tsconfig.build.json",
  ]);
  if (code !== 0) failures.push(`A package uses more of another than that one publishes:\n${output.trim()}`);
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await checkApi((line) => console.log(line), process.argv.includes("--write")).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
