// Opens a page of bench/pages in Chromium: `page NAME`. Each order goes to the page's function `measure`,
// whose result is the answer.
import { readFileSync } from "node:fs";
import { launchBrowser } from "../../e2e/browser.js";

const [name] = process.argv.slice(2);
const script = readFileSync(new URL(`./page-${name}.mjs`, import.meta.url), "utf8");
const html = `<!doctype html><title>${name}</title>
<script type="module">import { measure } from "/page.mjs"; globalThis.measure = measure;</script>`;
// An isolated page has the finest clock.
const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const browser = await launchBrowser();
const page = await browser.newPage();
page.on("pageerror", (error) => {
  throw error;
});
await page.route("**/*", (route) =>
  route.request().url().endsWith(".mjs")
    ? route.fulfill({ headers, contentType: "text/javascript", body: script })
    : route.fulfill({ headers, contentType: "text/html", body: html }),
);
await page.goto("http://localhost/");

// The bench has ended.
process.once("disconnect", () => void browser.close().finally(() => process.exit()));
process.on("message", (order) => {
  const measure = page.evaluate(
    (asked) => (globalThis as unknown as { measure(order: unknown): Promise<unknown> }).measure(asked),
    order,
  );
  void measure.then((report) => process.send?.(report));
});
