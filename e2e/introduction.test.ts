import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "./browser.js";
import { Site } from "./site.js";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([
    Site.start({
      root: fileURLToPath(new URL("introduction", import.meta.url)),
      configFile: false,
      plugins: [
        react(),
        {
          name: "fill-me-in",
          enforce: "pre",
          // The introduction leaves only the address of the server to its reader.
          transform: (code, id) =>
            id.endsWith("slider-demo.jsx")
              ? code.replace(
                  /"https:\/\/.*FILL_ME_IN"/,
                  `"http://127.0.0.1:" + import.meta.env.VITE_DRIFTDB_PORT`,
                )
              : null,
        },
      ],
    }),
    launchBrowser(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await site?.dispose();
});

test("the React example of the introduction runs verbatim, and two windows share a slider", async () => {
  const open = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    return page;
  };
  const first = await open(site.url);
  await expect.poll(() => first.url(), { timeout: 20_000 }).toContain("_driftdb_room=");
  const second = await open(first.url());
  await first.getByRole("slider").fill("55");
  await expect.poll(() => second.getByRole("slider").inputValue(), { timeout: 20_000 }).toBe("55");
  await second.getByRole("slider").fill("12");
  await expect.poll(() => first.getByRole("slider").inputValue(), { timeout: 20_000 }).toBe("12");
});
