import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { launchBrowser } from "./browser.js";
import { Site } from "./site.js";

/** The demo pages, and a browser: there while the tests of a file run. */
export let site: Site;
export let browser: Browser;

/** Has them started before a file's tests, and stopped after them. */
export function withDemos(): void {
  beforeAll(async () => {
    [site, browser] = await Promise.all([
      Site.start({
        root: fileURLToPath(new URL("../demos", import.meta.url)),
        configFile: fileURLToPath(new URL("../demos/vite.config.ts", import.meta.url)),
      }),
      launchBrowser(),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.dispose();
  });
}
