import { spawn } from "node:child_process";
import { root } from "./project.mjs";

/** The children that are running, so that whoever stops this process can stop them too. */
const running = new Set();

/** Ends every child that is still running. */
export function stopChildren() {
  for (const child of running) child.kill();
}

/**
 * Runs a program to its end, without a shell and without standard input.
 *
 * @param command The program.
 * @param args Its arguments.
 * @param options `live` shows the output as it comes; otherwise it is kept and returned. `env` is added to this
 *   process's own. `timeout` in ms ends the program.
 * @returns The exit code (null where a signal ended it, or where it could not be started) and the output.
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

/** Runs a script with this very Node. */
export const runNode = (script, args, options) => run(process.execPath, [script, ...args], options);
