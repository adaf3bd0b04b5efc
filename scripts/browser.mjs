#!/usr/bin/env node
// Finds a Chromium for the browser tests, or installs one. As a command it prints the path.
import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { tool } from "./lib/project.mjs";
import { run, runNode } from "./lib/run.mjs";

const names = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
];

const isRoot = process.getuid?.() === 0;

/** Arguments for `chromium.launch({ args })`: Chromium's sandbox does not start as root. */
export const launchArgs = isRoot ? ["--no-sandbox"] : [];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Whether a browser runs. Some distributions install a script in its place that only names another package.
 */
function works(path) {
  if (!isExecutable(path)) return false;
  // On Windows and macOS the names below are the real programs, and asking for the version may open a window.
  if (process.platform !== "linux") return true;
  return spawnSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

/** The browsers that Playwright has installed: the full one, and the headless shell. */
function fromPlaywright() {
  const full = chromium.executablePath();
  const plan = spawnSync(process.execPath, [cli(), "install", "--dry-run", "chromium-headless-shell"], {
    encoding: "utf8",
  });
  const dir = /Install location:\s*(\S.*?)\s*$/m.exec(plan.stdout ?? "")?.[1];
  return [full, ...(dir === undefined ? [] : filesNamed(/^(chrome-)?headless[-_]shell(\.exe)?$/, dir))];
}

const cli = () => tool("playwright-core");

function filesNamed(pattern, dir) {
  try {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
    return entries.filter((e) => e.isFile() && pattern.test(e.name)).map((e) => join(e.parentPath, e.name));
  } catch {
    return [];
  }
}

/** Usual paths of a browser: the PATH, then the directories of macOS, Windows and snap. */
function fromSystem() {
  const { PATH = "", PROGRAMFILES, "PROGRAMFILES(X86)": programs86, LOCALAPPDATA } = process.env;
  const dirs = [...PATH.split(delimiter), "/usr/bin", "/usr/local/bin", "/snap/bin"].filter(
    (dir) => dir !== "",
  );
  const suffix = process.platform === "win32" ? ".exe" : "";
  return [
    ...names.flatMap((name) => dirs.map((dir) => join(dir, name + suffix))),
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ...[PROGRAMFILES, programs86, LOCALAPPDATA].flatMap((dir) =>
      dir === undefined ? [] : [join(dir, "Google", "Chrome", "Application", "chrome.exe")],
    ),
  ];
}

/**
 * Finds a Chromium: `DRIFTDB_CHROMIUM`, then Playwright's own, then the system's.
 *
 * @returns The path of its executable, or null.
 * @throws {Error} When `DRIFTDB_CHROMIUM` names a program that does not run.
 */
export function findChromium() {
  const chosen = process.env.DRIFTDB_CHROMIUM;
  if (chosen !== undefined && chosen !== "") {
    if (works(chosen)) return chosen;
    throw new Error(
      `DRIFTDB_CHROMIUM is ${chosen}, which does not run: point it at a Chromium, or unset it.`,
    );
  }
  return fromPlaywright().find(works) ?? fromSystem().find(works) ?? null;
}

async function installFromDebian() {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const update = await run("apt-get", ["update"], { env });
  if (update.code !== 0) return update;
  const options = ["install", "-y", "--no-install-recommends"];
  return await run("apt-get", [...options, "chromium-headless-shell"], { env });
}

async function installFromPlaywright() {
  // The browser needs libraries from packages of the system, which only root can install.
  const options = isRoot && process.platform === "linux" ? ["--with-deps"] : [];
  return await runNode(cli(), ["install", ...options, "chromium-headless-shell"]);
}

/**
 * Finds a Chromium, or installs one: with apt where that is possible, otherwise with Playwright.
 *
 * @param say Called with a line about each installation.
 * @returns The path of its executable.
 * @throws {Error} With the output of the installers, when no Chromium can be found or installed.
 */
export async function ensureChromium(say = () => {}) {
  const found = findChromium();
  if (found !== null) return found;
  const ways = [["playwright-core install chromium-headless-shell", installFromPlaywright]];
  if (isRoot && fromPath("apt-get"))
    ways.unshift(["apt-get install chromium-headless-shell", installFromDebian]);
  const failures = [];
  for (const [name, install] of ways) {
    say(`No Chromium found. Trying: ${name}`);
    const { code, output } = await install();
    const installed = findChromium();
    if (installed !== null) return installed;
    failures.push(`${name} (exit code ${code}):\n${output.trim()}`);
  }
  throw new Error(
    "There is no Chromium, and none could be installed: " +
      "install one, or set DRIFTDB_CHROMIUM to its path.\n\n" +
      failures.join("\n\n"),
  );
}

const fromPath = (name) =>
  (process.env.PATH ?? "").split(delimiter).some((dir) => isExecutable(join(dir, name)));

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(await ensureChromium((line) => console.error(line)));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
