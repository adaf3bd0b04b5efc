import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Browser } from "playwright-core";
import type { InlineConfig } from "vite";
import { afterAll, beforeAll } from "vitest";
import { launchBrowser } from "./browser.js";
import { Site } from "./site.js";

/** The pages and a browser, for the tests of one file. */
export let site: Site;
export let browser: Browser;

/** Starts the demos before the tests of a file, and stops them afterwards. */
export function withDemos(): void {
  withSite({
    root: fileURLToPath(new URL("../demos", import.meta.url)),
    configFile: fileURLToPath(new URL("../demos/vite.config.ts", import.meta.url)),
  });
}

/** The same for a React page in a folder next to this file. */
export function withPage(folder: string): void {
  withSite({
    root: fileURLToPath(new URL(folder, import.meta.url)),
    configFile: false,
    plugins: [react()],
  });
}

function withSite(config: InlineConfig): void {
  beforeAll(async () => {
    [site, browser] = await Promise.all([Site.start(config), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.dispose();
  });
}
