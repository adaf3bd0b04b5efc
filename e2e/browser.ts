import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

/**
 * Launches the Chromium that `scripts/browser.mjs` finds or installs, headless.
 *
 * @param args further arguments of its command line.
 */
export function launchOptions(...args: string[]): LaunchOptions {
  const script = fileURLToPath(new URL("../scripts/browser.mjs", import.meta.url));
  const executablePath =
    process.env.DRIFTDB_CHROMIUM ?? execFileSync(process.execPath, [script]).toString().trim();
  return { executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox", ...args] : args };
}

export function launchBrowser(...args: string[]): Promise<Browser> {
  return chromium.launch(launchOptions(...args));
}
