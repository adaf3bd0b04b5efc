import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ServerProcess } from "../packages/testkit/src/server-process.js";
import { launchBrowser } from "./browser.js";
import { NextSite } from "./next-site.js";

const TIMEOUT = { timeout: 30_000, interval: 50 };

let server: ServerProcess;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([ServerProcess.start(["--memory"]), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page, its console errors, and the number of sockets to a room that it has opened. */
interface Visit {
  readonly page: Page;
  readonly complaints: string[];
  sockets: number;
}

async function visit(url: string): Promise<Visit> {
  const page = await (await browser.newContext()).newPage();
  const visit: Visit = { page, complaints: [], sockets: 0 };
  page.on("pageerror", (error) => visit.complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) visit.complaints.push(message.text());
  });
  page.on("websocket", (socket) => {
    if (socket.url().includes("/connect")) visit.sockets += 1;
  });
  await page.goto(url);
  await expect.poll(() => page.getByRole("main").getAttribute("data-connected"), TIMEOUT).toBe("true");
  return visit;
}

const box = (page: Page) => page.getByRole("textbox");
/** The button of the application: in development, Next.js adds one of its own. */
const button = (page: Page) => page.getByRole("main").getByRole("button");
const text = (page: Page) => box(page).inputValue();
const sum = (page: Page) => button(page).textContent();

/** Opens the page for two people in one room. */
async function together(site: NextSite): Promise<[Visit, Visit]> {
  const markup = /<main.*?<\/main>.*?Connect/.exec(await (await fetch(site.url)).text())?.[0];
  expect(markup).toContain('<main data-connected="false"><p title="client"></p>');
  expect(markup).toContain('value="initial"');
  expect(markup).toContain(">4</button>");
  expect(markup).toMatch(/>Connect$/);

  const first = await visit(site.url);
  const second = await visit(first.page.url());
  for (const { page } of [first, second]) {
    expect(await page.getByTitle("client").textContent()).toMatch(/^\S{10,}$/);
    expect(await page.getByRole("status").textContent()).toContain("Connected");
  }
  await box(first.page).fill("shared");
  await button(first.page).click();
  await button(second.page).click();
  for (const { page } of [first, second]) {
    await expect.poll(() => text(page), TIMEOUT).toBe("shared");
    await expect.poll(() => sum(page), TIMEOUT).toBe("6");
  }
  return [first, second];
}

test("a built Next.js app hydrates without errors, shares its state, and keeps it at a reload", async () => {
  const site = await NextSite.start("start", server.url);
  try {
    const [first, second] = await together(site);
    await second.page.reload();
    await expect.poll(() => text(second.page), TIMEOUT).toBe("shared");
    await expect.poll(() => sum(second.page), TIMEOUT).toBe("6");
    expect([first, second].map(({ complaints, sockets }) => [sockets, complaints])).toEqual([
      [1, []],
      [2, []],
    ]);
  } finally {
    await site.dispose();
  }
});

test("a Next.js app in development works in StrictMode, and hot reloads keep the socket", async () => {
  const site = await NextSite.start("dev", server.url);
  try {
    const [first, second] = await together(site);
    site.edit("app/shared.jsx", (code) => code.replace("aria-label", 'title="changed" aria-label'));
    await first.page.getByTitle("changed").waitFor();
    // The hooks differ, so React mounts the component again.
    site.edit("app/shared.jsx", (code) =>
      code
        .replace('title="changed"', "title={title}")
        .replace("const [sum,", 'const [title] = useSharedState("title", "anew");\n  const [sum,'),
    );
    await first.page.getByTitle("anew").waitFor();
    expect(await text(first.page)).toBe("shared");
    expect(await sum(first.page)).toBe("6");
    await button(first.page).click();
    await expect.poll(() => sum(second.page), TIMEOUT).toBe("7");
    await box(second.page).fill("again");
    await expect.poll(() => text(first.page), TIMEOUT).toBe("again");
    expect([first, second].map(({ complaints, sockets }) => [sockets, complaints])).toEqual([
      [1, []],
      [1, []],
    ]);
  } finally {
    await site.dispose();
  }
});
