import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { browser, site, withDemos } from "./demo-site.js";

const TIMEOUT = { timeout: 20_000, interval: 50 };
/** A closed page must disappear within this time. */
const GONE = { timeout: 3_000, interval: 50 };

const desktop: BrowserContextOptions = { viewport: { width: 1100, height: 800 } };
const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};

withDemos();

const contexts: BrowserContext[] = [];
const problems: string[] = [];

/** Opens a page in a browser context of its own. */
async function enter(url: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(url);
  await expect
    .poll(() => page.getByRole("status").allTextContents(), TIMEOUT)
    .toContainEqual(expect.stringContaining("Connected"));
  return page;
}

/** Opens two pages of one room: on a desktop and on a phone. */
async function two(demo: string): Promise<[Page, Page]> {
  const desk = await enter(`${site.url}#/${demo}`, desktop);
  return [desk, await enter(desk.url(), phone)];
}

afterEach(async () => {
  const pages = contexts.flatMap((context) => context.pages());
  const widths = await Promise.all(
    pages.map((page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)),
  );
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  expect(problems.splice(0)).toEqual([]);
  expect(Math.max(...widths)).toBe(0);
});

/** Console errors of the browser about the missing network are expected. */
function ignoreOutage(): void {
  problems.splice(0);
}

type Point = readonly [x: number, y: number];

/** The position on the page of a point that is given as fractions of the plane. */
async function onPlane(page: Page, [x, y]: Point): Promise<{ x: number; y: number }> {
  const plane = page.locator(".plane");
  await plane.scrollIntoViewIfNeeded();
  const box = await plane.boundingBox();
  if (!box) throw new Error("the page shows no plane");
  return { x: box.x + x * box.width, y: box.y + y * box.height };
}

async function move(page: Page, to: Point): Promise<void> {
  const { x, y } = await onPlane(page, to);
  await page.mouse.move(x, y, { steps: 5 });
}

/** A finger on the plane. */
async function finger(page: Page) {
  // The same CDP session must send all events of a touch.
  const session = await page.context().newCDPSession(page);
  const send = async (type: "touchStart" | "touchMove" | "touchEnd", at?: Point) => {
    await session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: at ? [await onPlane(page, at)] : [],
    });
  };
  return {
    down: (at: Point) => send("touchStart", at),
    move: (at: Point) => send("touchMove", at),
    up: () => send("touchEnd"),
  };
}

/** Positions of the other pointers, as percentages of the plane. */
const pointers = (page: Page): Promise<number[][]> =>
  page.locator(".pointer").evaluateAll((all) =>
    all.map((pointer) => {
      const own = pointer.getBoundingClientRect();
      const plane = (pointer.parentElement as Element).getBoundingClientRect();
      // The arrow's tip lies 1.5 px inside its box.
      const x = (own.x + 1.5 - plane.x) / plane.width;
      const y = (own.y + 1.5 - plane.y) / plane.height;
      return [Math.round(x * 100), Math.round(y * 100)];
    }),
  );

const headcount = (page: Page) => page.locator(".headcount").textContent();

test("live cursors show a mouse and a finger in place, and remove them when they leave", async () => {
  const [desk, mobile] = await two("cursors");
  for (const page of [desk, mobile]) await expect.poll(() => headcount(page), TIMEOUT).toBe("2 people here");
  expect(await pointers(mobile)).toEqual([]);

  await move(desk, [0.25, 0.5]);
  await expect.poll(() => pointers(mobile), TIMEOUT).toEqual([[25, 50]]);
  await move(desk, [0.8, 0.1]);
  await expect.poll(() => pointers(mobile), TIMEOUT).toEqual([[80, 10]]);
  expect(await mobile.locator(".pointer").textContent()).toBe(
    await desk
      .locator(".people li")
      .first()
      .evaluate((own) => own.firstChild?.nextSibling?.textContent),
  );

  const { down, move: drag, up } = await finger(mobile);
  await down([0.4, 0.4]);
  await expect.poll(() => pointers(desk), TIMEOUT).toEqual([[40, 40]]);
  await drag([0.6, 0.7]);
  await expect.poll(() => pointers(desk), TIMEOUT).toEqual([[60, 70]]);
  await up();
  await expect.poll(() => pointers(desk), TIMEOUT).toEqual([]);
  expect(await headcount(desk)).toBe("2 people here");

  await desk.mouse.move(1, 1);
  await expect.poll(() => pointers(mobile), TIMEOUT).toEqual([]);
  expect(await headcount(mobile)).toBe("2 people here");

  await move(desk, [0.5, 0.5]);
  await expect.poll(() => pointers(mobile), TIMEOUT).toEqual([[50, 50]]);
  await desk.close();
  await expect.poll(() => headcount(mobile), GONE).toBe("1 person here");
  expect(await pointers(mobile)).toEqual([]);
});

describe("whiteboard", () => {
  /** A coarse picture of the board: a letter for each cell of 12 columns and 10 rows. */
  const painted = (page: Page): Promise<string[]> =>
    page.locator("canvas.drawing").evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const data = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
      const rows = Array.from({ length: 10 }, () => Array<string>(12).fill("."));
      for (let i = 3; i < data.length; i += 4) {
        const pixel = (i - 3) / 4;
        const row = rows[Math.floor((Math.floor(pixel / width) * 10) / height)] as string[];
        if ((data[i] as number) > 200) row[Math.floor(((pixel % width) * 12) / width)] = "#";
      }
      return rows.map((row) => row.join(""));
    });

  const blank: string[] = Array(10).fill(".".repeat(12));

  /** The picture of a board with a line in one row, between two columns. */
  const withRow = (board: string[], row: number, from: number, to: number) =>
    board.map((cells, i) =>
      i === row ? [...cells].map((cell, x) => (x >= from && x <= to ? "#" : cell)).join("") : cells,
    );

  /** The centre of a cell. */
  const cell = (column: number, row: number): Point => [(column + 0.5) / 12, (row + 0.5) / 10];

  test("others see a line while it is drawn; undo removes own lines, clear all lines", async () => {
    const [desk, mobile] = await two("whiteboard");
    await move(desk, cell(1, 2));
    await desk.mouse.down();
    await move(desk, cell(5, 2));
    const half = withRow(blank, 2, 1, 5);
    // The mouse button is still down.
    await expect.poll(() => painted(mobile), TIMEOUT).toEqual(half);
    await move(desk, cell(9, 2));
    await desk.mouse.up();
    const first = withRow(blank, 2, 1, 9);
    for (const page of [desk, mobile]) await expect.poll(() => painted(page), TIMEOUT).toEqual(first);

    await mobile.getByRole("radio", { name: "red" }).check();
    const { down, move: drag, up } = await finger(mobile);
    await down(cell(2, 6));
    for (let column = 3; column <= 10; column++) await drag(cell(column, 6));
    await up();
    const both = withRow(first, 6, 2, 10);
    for (const page of [desk, mobile]) await expect.poll(() => painted(page), TIMEOUT).toEqual(both);

    const late = await enter(desk.url(), desktop);
    await expect.poll(() => painted(late), TIMEOUT).toEqual(both);
    // A line looks the same drawn in pieces or at once, except for its antialiased edges.
    expect(await difference(desk, late)).toBeLessThan(0.001);
    // A screen of another size shows the same drawing.
    await late.setViewportSize({ width: 700, height: 500 });
    await expect.poll(() => painted(late), TIMEOUT).toEqual(both);

    await desk.getByRole("button", { name: "Undo" }).click();
    const second = withRow(blank, 6, 2, 10);
    for (const page of [desk, mobile, late]) await expect.poll(() => painted(page), TIMEOUT).toEqual(second);
    // The page has no more lines of its own.
    await desk.getByRole("button", { name: "Undo" }).press("Enter");
    await late.getByRole("button", { name: "Clear" }).click();
    expect(await painted(mobile)).toEqual(second);
    await late.getByRole("button", { name: "For all?" }).click();
    for (const page of [desk, mobile, late]) await expect.poll(() => painted(page), TIMEOUT).toEqual(blank);
  });

  test("when two lines cross, one drawn offline, every page shows the same one on top", async () => {
    const one = await enter(`${site.url}#/whiteboard`, desktop);
    const other = await enter(one.url(), desktop);
    await other.getByRole("radio", { name: "red" }).check();
    for (const page of [one, other]) {
      await page.getByRole("radio", { name: "broad" }).check();
      await move(page, cell(1, page === one ? 2 : 7));
      await page.mouse.down();
    }
    // Zigzags that cross many times.
    for (let column = 2; column <= 10; column++) {
      if (column === 5) {
        for (const page of [one, other]) {
          await expect.poll(() => page.getByRole("status").allTextContents(), TIMEOUT).toContain("Saved");
        }
        await expect.poll(() => difference(one, other), TIMEOUT).toBeLessThan(0.001);
        // From here on the other line is first in the room's order, although this one is on the screen
        // already.
        await one.context().setOffline(true);
      }
      await move(one, cell(column, column % 2 ? 2 : 7));
      await move(other, cell(column, column % 2 ? 7 : 2));
    }
    for (const page of [one, other]) await page.mouse.up();
    await one.context().setOffline(false);
    const late = await enter(one.url(), desktop);
    for (const page of [one, other]) {
      await expect.poll(() => difference(page, late), TIMEOUT).toBeLessThan(0.001);
    }
    expect((await painted(late)).join("").match(/#/g)?.length).toBeGreaterThan(30);
    ignoreOutage();
  });

  /** The share of painted pixels that differ between two pages of the same size. */
  async function difference(page: Page, other: Page): Promise<number> {
    const [one, two] = await Promise.all(
      [page, other].map((each) =>
        each.locator("canvas.drawing").evaluate((canvas: HTMLCanvasElement) => {
          const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
          return Array.from(data, (byte) => String.fromCharCode(byte)).join("");
        }),
      ),
    );
    if (!one || one.length !== two?.length) throw new Error("the canvases have different sizes");
    let different = 0;
    for (let i = 0; i < one.length; i++) {
      if (Math.abs(one.charCodeAt(i) - two.charCodeAt(i)) > 64) different++;
    }
    return different / one.length;
  }
});

describe("chat", () => {
  const message = (page: Page) => page.getByLabel("Message", { exact: true });
  const texts = (page: Page) => page.locator(".message-text").allTextContents();
  const says = (page: Page) => page.locator(".typing").textContent();
  const guests = (page: Page) =>
    page.getByRole("list", { name: "Who is here" }).locator("li").allTextContents();

  async function say(page: Page, text: string): Promise<void> {
    await message(page).fill(text);
    await message(page).press("Enter");
  }

  test("shows names, typing and messages as text, and removes people who leave", async () => {
    const [desk, mobile] = await two("chat");
    await desk.getByLabel("Your name").fill("Ada");
    await expect.poll(() => guests(mobile), TIMEOUT).toEqual(["", "Ada"]);
    await message(desk).pressSequentially("hel");
    await expect.poll(() => says(mobile), TIMEOUT).toBe("Ada is typing …");

    const markup = `<img src="x" onerror="document.title='hacked'"> ${"long".repeat(200)}`;
    await say(desk, markup);
    for (const page of [desk, mobile]) await expect.poll(() => texts(page), TIMEOUT).toEqual([markup]);
    await expect.poll(() => says(mobile), TIMEOUT).toBe("");
    expect(await mobile.locator(".message").textContent()).toMatch(/^Ada\d/);
    expect(await message(desk).inputValue()).toBe("");

    await mobile.getByRole("button", { name: "Send" }).tap();
    await message(mobile).fill("from the phone");
    await mobile.getByRole("button", { name: "Send" }).tap();
    for (const page of [desk, mobile]) {
      await expect.poll(() => texts(page), TIMEOUT).toEqual([markup, "from the phone"]);
    }
    // The field keeps the focus, so that the keyboard of a phone stays open.
    expect(await message(mobile).evaluate((field) => field === document.activeElement)).toBe(true);

    await desk.reload();
    await expect.poll(() => texts(desk), TIMEOUT).toEqual([markup, "from the phone"]);
    expect(await desk.getByLabel("Your name").inputValue()).toBe("Ada");
    await expect.poll(() => guests(mobile), TIMEOUT).toEqual(["", "Ada"]);
    await desk.close();
    await expect.poll(() => guests(mobile), GONE).toEqual([""]);
  });

  test("marks messages that are written offline, and sends them later", async () => {
    const [desk, mobile] = await two("chat");
    await say(mobile, "before");
    await expect.poll(() => texts(desk), TIMEOUT).toEqual(["before"]);
    await mobile.context().setOffline(true);
    await say(mobile, "in the tunnel");
    expect(await texts(mobile)).toEqual(["before", "in the tunnel"]);
    const unsent = mobile.locator(".unsent");
    await expect.poll(() => unsent.isVisible(), TIMEOUT).toBe(true);
    expect(await unsent.count()).toBe(1);
    expect(await texts(desk)).toEqual(["before"]);
    await mobile.context().setOffline(false);
    await expect.poll(() => texts(desk), TIMEOUT).toEqual(["before", "in the tunnel"]);
    await expect.poll(() => unsent.count(), TIMEOUT).toBe(0);
    ignoreOutage();
  });

  test("keeps the newest message in view, unless the user reads further up", async () => {
    const [desk, mobile] = await two("chat");
    const log = mobile.getByRole("log");
    const toEnd = () => log.evaluate((it) => Math.round(it.scrollHeight - it.scrollTop - it.clientHeight));
    for (let i = 1; i <= 15; i++) await say(desk, `message ${i}`);
    await expect.poll(async () => (await texts(mobile)).length, TIMEOUT).toBe(15);
    expect(await log.evaluate((it) => it.scrollHeight > it.clientHeight)).toBe(true);
    await expect.poll(toEnd, TIMEOUT).toBe(0);

    await log.evaluate((it) => it.scrollTo(0, 40));
    await expect.poll(() => log.evaluate((it) => it.scrollTop), TIMEOUT).toBe(40);
    await say(desk, "one more");
    await expect.poll(async () => (await texts(mobile)).at(-1), TIMEOUT).toBe("one more");
    expect(await log.evaluate((it) => it.scrollTop)).toBe(40);
    await say(mobile, "mine");
    await expect.poll(toEnd, TIMEOUT).toBe(0);
    // With a keyboard over half of the screen, the field and the newest message stay visible.
    await mobile.setViewportSize({ width: 360, height: 380 });
    await message(mobile).scrollIntoViewIfNeeded();
    await expect.poll(toEnd, TIMEOUT).toBe(0);
    expect((await log.boundingBox())?.height).toBeGreaterThan(80);
  });
});
