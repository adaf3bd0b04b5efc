import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { browser, site, withDemos } from "./demo-site.js";

/** Milliseconds for which the tab is offline. */
const OFFLINE = 30_000;
const TIMEOUT = { timeout: 40_000, interval: 50 };

withDemos();

/** A tab in a browser context of its own. */
async function open(url: string): Promise<[Page, BrowserContext]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await expect.poll(() => says(page), TIMEOUT).toContain("Connected");
  return [page, context];
}

/** The connection status and the save status in the header. */
const says = async (page: Page) => (await page.locator("header [role=status]").allTextContents()).join(" | ");

const slider = (page: Page) => page.getByRole("slider");
const value = async (page: Page) => Number(await slider(page).inputValue());
const count = async (page: Page) => Number(await page.getByTestId("count").textContent());
const show = (page: Page, title: string) =>
  page.getByRole("link", { name: title, exact: true }).first().click();

async function click(page: Page, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await page.getByRole("button", { name: "Increment" }).click();
}

/** Presses the mouse on the slider's thumb. @returns a function that moves it. */
async function grab(page: Page): Promise<(to: number) => Promise<void>> {
  const box = await slider(page).boundingBox();
  if (!box) throw new Error("the page shows no slider");
  const thumb = 28;
  const move = (to: number) =>
    page.mouse.move(box.x + thumb / 2 + ((box.width - thumb) * to) / 100, box.y + box.height / 2, {
      steps: 4,
    });
  await move(await value(page));
  await page.mouse.down();
  return move;
}

test("a tab that goes offline for 30 s amid dragging and clicking loses and doubles nothing", async () => {
  const [tab, context] = await open(`${site.url}#/counter`);
  await expect.poll(() => tab.url(), TIMEOUT).toContain("_driftdb_room=");
  const [other] = await open(tab.url());
  const [sliderOfOther] = await open(tab.url().replace("#/counter", "#/state"));
  let clicks = 0;

  await click(tab, 5);
  await click(other, 3);
  clicks += 8;
  for (const page of [tab, other]) await expect.poll(() => count(page), TIMEOUT).toBe(clicks);
  await expect.poll(() => says(tab), TIMEOUT).toMatch(/^Saved \| .*Connected$/);

  await show(tab, "Shared State");
  const drag = await grab(tab);
  await drag(20);
  await drag(40);
  await expect.poll(() => value(sliderOfOther), TIMEOUT).toBe(await value(tab));
  const shared = await value(tab);
  expect(shared).toBeGreaterThan(30);

  // The network ends in the middle of the drag.
  await context.setOffline(true);
  const begin = Date.now();
  for (let to = 45; to <= 70; to += 5) await drag(to);
  await tab.mouse.up();
  const mine = await value(tab);
  expect(mine).toBeGreaterThan(60);
  await expect.poll(() => says(tab), TIMEOUT).toMatch(/^Not saved yet \([1-9]\d*\) \| /);

  // The tab also clicks while it is offline, and the others go on.
  await show(tab, "Counter");
  // The counter was unmounted in between, and an offline page cannot load its value. It counts from zero.
  const from = await count(tab);
  let unsaved = 0;
  let theirs = 0;
  for (let round = 0; Date.now() - begin < OFFLINE; round++) {
    await click(tab, 2);
    unsaved += 2;
    await click(other, 1);
    theirs += 1;
    await slider(sliderOfOther).fill(String(1 + (round % 30)));
    await tab.waitForTimeout(500);
    expect(await count(tab)).toBe(from + unsaved);
    expect(await says(tab)).toMatch(/^Not saved yet \([1-9]\d*\) \| /);
  }
  expect(unsaved).toBeGreaterThan(10);
  // No other page has received any of it.
  expect(await count(other)).toBe(clicks + theirs);
  expect(await value(sliderOfOther)).toBeLessThan(31);

  await context.setOffline(false);
  clicks += unsaved + theirs;
  for (const page of [tab, other]) await expect.poll(() => count(page), TIMEOUT).toBe(clicks);
  await expect.poll(() => says(tab), TIMEOUT).toMatch(/^Saved \| .*Connected$/);
  // The tab's last actions are the newest in the room.
  await expect.poll(() => value(sliderOfOther), TIMEOUT).toBe(mine);
  await show(tab, "Shared State");
  await expect.poll(() => value(tab), TIMEOUT).toBe(mine);

  // Everything goes on, and late pages see it too.
  await click(other, 1);
  const [late] = await open(tab.url().replace("#/state", "#/counter"));
  for (const page of [other, late]) await expect.poll(() => count(page), TIMEOUT).toBe(clicks + 1);
  await show(late, "Shared State");
  await expect.poll(() => value(late), TIMEOUT).toBe(mine);
});
