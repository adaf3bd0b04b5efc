import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { tool } from "./project.mjs";
import { runNode } from "./run.mjs";

/**
 * Runs vitest projects, their output shown as it comes.
 *
 * @param projects The projects' names in vitest.config.ts.
 * @param env Added to the tests' environment.
 * @returns How many tests passed, failed and were skipped. What vitest reports beside its tests (a file that does not
 *   load, an error that nothing caught, no test at all) counts as failed.
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
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, note: `no report, exit code ${code}` };
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  let failed = report.numFailedTests + broken.length;
  const notes = [];
  if (broken.length > 0) {
    notes.push(`did not run to the end: ${broken.map((file) => basename(file.name)).join(", ")}`);
  }
  if (passed + failed === 0) {
    failed = 1;
    notes.push("no test ran");
  } else if (code !== 0 && failed === 0) {
    failed = 1;
    notes.push(`every test passed, but vitest ended with exit code ${code}`);
  }
  return { passed, failed, skipped, note: notes.join("; ") };
}
