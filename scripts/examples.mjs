#!/usr/bin/env node
// Compiles each `@example` of a docstring against the built packages, as the application of a reader would.
// `node scripts/examples.mjs` runs alone.
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { buildPackages } from "./lib/build.mjs";
import { packageDir, published, root } from "./lib/project.mjs";

/** Packages of which every exported function, component and class has an example. */
const complete = ["driftdb-react"];

/** The sources of a package, without its tests. */
function sourcesOf(name) {
  const src = join(packageDir(name), "src");
  return readdirSync(src, { recursive: true })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map((file) => join(src, file));
}

/** The examples of a file: their code, and the line on which it starts. */
function examplesOf(path) {
  const text = readFileSync(path, "utf8");
  const found = [];
  for (const { 0: comment, index } of text.matchAll(/\/\*\*.*?\*\//gs)) {
    if (!comment.includes("@example")) continue;
    for (const { 1: code, index: at } of comment.matchAll(/```tsx?\n(.*?)```/gs)) {
      const line = text.slice(0, index + at).split("\n").length;
      found.push({ line, code: code.replace(/^ *\* ?/gm, "") });
    }
  }
  return found;
}

/** The options under which an application compiles: strict, and with what the packages publish. */
function options() {
  const { config } = ts.readConfigFile(join(root, "tsconfig.build.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

/** The exported names of a package that have no example, types left out. */
function namesWithoutExample(program, name) {
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(join(packageDir(name), "dist", "index.d.ts"));
  return checker
    .getExportsOfModule(checker.getSymbolAtLocation(entry))
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter((symbol) => symbol.flags & ts.SymbolFlags.Value)
    .filter((symbol) => !symbol.getJsDocTags(checker).some((tag) => tag.name === "example"))
    .map((symbol) => symbol.name);
}

/**
 * Compiles all examples.
 *
 * @param say Is told how many there are.
 * @throws {Error} When one does not compile, or is missing.
 */
export async function checkExamples(say) {
  await buildPackages();
  const examples = new Map();
  for (const name of published) {
    for (const path of sourcesOf(name)) {
      for (const { line, code } of examplesOf(path)) {
        // Each is a file of its package, which may import itself by its name.
        examples.set(join(packageDir(name), `example-${examples.size + 1}.tsx`), { path, line, code });
      }
    }
  }
  const host = ts.createCompilerHost(options());
  const { readFile, fileExists } = host;
  host.readFile = (path) => examples.get(path)?.code ?? readFile(path);
  host.fileExists = (path) => examples.has(path) || fileExists(path);
  host.getSourceFile = (path, version) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version, true);
  };
  const entries = complete.map((name) => join(packageDir(name), "dist", "index.d.ts"));
  const program = ts.createProgram([...examples.keys(), ...entries], options(), host);
  const failures = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    const example = file && examples.get(file.fileName);
    if (!example) return message;
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${relative(root, example.path)}:${example.line + line + 1}: ${message}`;
  });
  for (const name of complete) {
    for (const symbol of namesWithoutExample(program, name)) {
      failures.push(`${name}: ${symbol} has no @example in its docstring.`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
  say(`${examples.size} examples`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await checkExamples((line) => console.log(line)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
