import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { tool } from "./project.mjs";
import { runNode } from "./run.mjs";

/**
 * Runs vitest projects, and shows their output.
 *
 * @param projects Names of projects in vitest.config.ts.
 * @param env Variables to add to the environment of the tests.
 * @returns The numbers of passed, failed and skipped tests. Other errors of vitest (a file that does not
 *   load, an uncaught error, no test at all) count as failed.
 */
export async function runTests(projects, env = {}) {
  const dir = mkdtempSync(join(tmpdir(), "driftdb-tests-"));
  const report = join(dir, "report.json");
  try {
    const { code } = await runNode(
      tool("vitest"),
      [
        "run",
        ...projects.map((name) => `--project=${name}`),
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ],
      { env, live: true },
    );
    return count(readReport(report), code);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function count(report, code) {
  if (report === undefined)
    return { passed: 0, failed: 1, skipped: 0, note: `vitest wrote no report, and exited with code ${code}` };
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  let failed = report.numFailedTests + broken.length;
  const notes = [];
  if (broken.length > 0) {
    notes.push(`failed outside of a test: ${broken.map((file) => basename(file.name)).join(", ")}`);
  }
  if (passed + failed === 0) {
    failed = 1;
    notes.push("no test ran");
  } else if (code !== 0 && failed === 0) {
    failed = 1;
    notes.push(`all tests passed, and vitest exited with code ${code}`);
  }
  return { passed, failed, skipped, note: notes.join("; ") };
}
