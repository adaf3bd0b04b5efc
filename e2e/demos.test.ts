import type { BrowserContext, Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { browser, site, withDemos } from "./demo-site.js";

const TIMEOUT = { timeout: 30_000, interval: 50 };

withDemos();

/** One user's actions on a demo's page, and what every page of the room must show then. */
interface Demo {
  route: string;
  read(page: Page): Promise<unknown>;
  /** Does step `n` of the test; all steps differ. @returns the text that every page must show afterwards. */
  step(page: Page, n: number): Promise<unknown>;
}

const cells = (page: Page) =>
  page
    .getByRole("button", { name: /^row \d column \d/i })
    .evaluateAll((buttons) => buttons.map((b) => b.textContent));

const count = async (page: Page) => Number(await page.getByTestId("count").textContent());

const DEMOS: Record<string, Demo> = {
  "Shared State": {
    route: "#/state",
    read: (page) => page.getByRole("slider").inputValue(),
    async step(page, n) {
      const value = String(((n * 37) % 100) + 1);
      await page.getByRole("slider").fill(value);
      return value;
    },
  },
  Counter: {
    route: "#/counter",
    read: count,
    async step(page, n) {
      const before = await count(page);
      for (let i = 0; i <= n; i++) await page.getByRole("button", { name: "Increment" }).click();
      return before + n + 1;
    },
  },
  "Tic Tac Toe": {
    route: "#/tictactoe",
    read: cells,
    async step(page, n) {
      const before = await cells(page);
      // Moves that end in a draw: X plays even steps, O odd ones.
      const cell = [0, 1, 2, 4, 3, 5, 7, 6, 8][n] as number;
      await page
        .getByRole("button", { name: /^row \d column \d/i })
        .nth(cell)
        .click();
      before[cell] = n % 2 === 0 ? "X" : "O";
      return before;
    },
  },
};

describe.each(Object.entries(DEMOS))("%s", (_, demo) => {
  const contexts: BrowserContext[] = [];
  let address: string;
  let pages: Page[];
  let steps: number;

  async function join(url: string): Promise<Page> {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  beforeEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    steps = 0;
    const first = await join(site.url + demo.route);
    await expect.poll(() => first.url(), TIMEOUT).toContain("_driftdb_room=");
    address = first.url();
    pages = [first, await join(address)];
    await Promise.all(pages.map(connected));
  });

  const statusOf = (page: Page) => page.getByRole("status").allTextContents();

  const connected = (page: Page) =>
    expect
      .poll(() => page.getByRole("status").allTextContents(), TIMEOUT)
      .toContainEqual(expect.stringContaining("Connected"));

  const everybodySees = async (wanted: unknown) => {
    for (const page of pages) await expect.poll(() => demo.read(page), TIMEOUT).toEqual(wanted);
  };

  const step = async (page: Page | undefined) => {
    if (!page) throw new Error("the test has no page to act on");
    const wanted = await demo.step(page, steps++);
    await everybodySees(wanted);
  };

  test("two contexts agree after each step, and a late one sees the same", async () => {
    await step(pages[0]);
    await step(pages[1]);
    await step(pages[0]);
    pages.push(await join(address));
    await everybodySees(await demo.read(pages[0] as Page));
    await step(pages[2]);
  });

  test("they agree after kill -9 and a restart of the server on the same data", async () => {
    await step(pages[0]);
    await step(pages[1]);
    await site.kill();
    await site.restart();
    await step(pages[1]);
    await step(pages[0]);
    pages.push(await join(address));
    await everybodySees(await demo.read(pages[0] as Page));
  });

  test("actions during an outage of the server are there when it is back", async () => {
    await step(pages[0]);
    await site.kill();
    const wanted = await demo.step(pages[1] as Page, steps++);
    await site.restart();
    await everybodySees(wanted);
  });

  test("they agree after one of them was offline, and no action of either is lost", async () => {
    const [here, away] = pages as [Page, Page];
    await step(here);
    await contexts[1]?.setOffline(true);
    // The socket stays open and silent. Only a probe shows that the connection is dead.
    await expect.poll(() => statusOf(away), TIMEOUT).not.toContainEqual(expect.stringContaining("Connected"));
    const before = await demo.read(here);
    const wanted = await demo.step(away, steps++);
    expect(await demo.read(away)).toEqual(wanted);
    expect(await demo.read(here)).toEqual(before);
    await contexts[1]?.setOffline(false);
    await connected(away);
    await everybodySees(wanted);
    await step(here);
    await step(away);
  });

  test("the value survives when all pages close and everything restarts", async () => {
    await step(pages[0]);
    await step(pages[1]);
    const wanted = await demo.read(pages[0] as Page);
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    await site.kill();
    await site.restart();
    pages = [await join(address)];
    await everybodySees(wanted);
  });
});
