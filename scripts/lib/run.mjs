import { spawn } from "node:child_process";
import { root } from "./project.mjs";

/** The running children, for `stopChildren`. */
const running = new Set();

/** Ends all running children. */
export function stopChildren() {
  for (const child of running) child.kill();
}

/**
 * Runs a program without a shell and without standard input.
 *
 * @param command The program.
 * @param args Its arguments.
 * @param options `live` shows the output immediately; otherwise it is returned. `env` adds to the environment
 *   of this process. `timeout` in ms ends the program.
 * @returns The exit code (null if a signal ended the program, or if it did not start) and the output.
 */
export function run(command, args, { cwd = root, env = {}, live = false, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
      timeout,
    });
    let output = "";
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.once("error", (error) => {
      running.delete(child);
      resolve({ code: null, output: `${output}${error.message}\n` });
    });
    child.once("close", (code) => {
      running.delete(child);
      resolve({ code, output });
    });
  });
}

/** Runs a script with the same Node as this process. */
export const runNode = (script, args, options) => run(process.execPath, [script, ...args], options);
