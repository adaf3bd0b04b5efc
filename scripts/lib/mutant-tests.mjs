import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { loadConfigFromFile } from "vite";
import { createVitest } from "vitest/node";
import { patched } from "./patch.mjs";
import { root } from "./project.mjs";

/** The test files without a mutant: they have to pass, else a failure says nothing. */
const AS_IT_IS = "as it is";
/** Milliseconds for all test files. */
const LIMIT = 180_000;

/**
 * Runs the test file of each mutant against the mutant's code. All of them run together, each as a project of
 * vitest with a plugin that changes the source.
 *
 * @param mutants Those with a `test`: the path of a test file from the root.
 * @returns The name of a test that failed, by mutant; `undefined` for a mutant that survived.
 * @throws {Error} When a test file fails without a mutant, or a mutant's code does not load.
 */
export async function testMutants(mutants) {
  const loaded = await loadConfigFromFile(
    { command: "serve", mode: "test" },
    join(root, "vitest.config.ts"),
    undefined,
    "error",
  );
  const { resolve } = loaded.config;
  const project = (name, include, plugins = []) => ({
    plugins,
    resolve,
    test: { name, include, environment: "node", testTimeout: 40_000 },
  });
  const files = [...new Set(mutants.map(({ test }) => test))];
  const projects = mutants.map((mutant, i) => project(nameOf(mutant, i), [mutant.test], [plugin(mutant)]));
  const reporter = {};
  const vitest = await createVitest("test", {
    ...{
      config: false,
      root,
      watch: false,
      pool: "threads",
      maxWorkers: availableParallelism(),
      reporters: [reporter],
    },
    projects: [project(AS_IT_IS, files), ...projects],
  });
  const limit = setTimeout(() => {
    const unfinished = vitest.state.getTestModules().filter((module) => module.state() === "pending");
    console.error(`No end after ${LIMIT} ms: ${unfinished.map((module) => module.project.name)}`);
    // A test that loops never gives its thread back.
    process.exit(1);
  }, LIMIT);
  try {
    await vitest.start();
    const failed = new Map();
    for (const module of vitest.state.getTestModules()) {
      const { name } = module.project;
      const [error] = module.errors();
      const [test] = module.children.allTests("failed");
      if (error || (test && name === AS_IT_IS)) {
        const why = error?.message ?? `${test.fullName} fails`;
        throw new Error(`${relative(root, module.moduleId)}, ${name}: ${why}`);
      }
      if (test) failed.set(name, test.name);
    }
    return new Map(mutants.map((mutant, i) => [mutant, failed.get(nameOf(mutant, i))]));
  } finally {
    clearTimeout(limit);
    await vitest.close();
  }
}

/** The name of a mutant's project. */
const nameOf = ({ name }, index) => `${index}: ${name}`;

/** Changes the text of the mutant's file. */
function plugin(mutant) {
  return {
    name: "mutant",
    enforce: "pre",
    transform(code, id) {
      if (relative(root, id).replaceAll("\\", "/") !== mutant.file) return undefined;
      return { code: patched(code, mutant), map: null };
    },
  };
}
