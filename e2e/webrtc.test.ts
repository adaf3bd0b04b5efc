import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { HttpConnection } from "driftdb";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "./browser.js";
import { Site } from "./site.js";
import type { TestPage } from "./webrtc/main.js";
import type { Point } from "./webrtc/watched.js";

declare const page: TestPage;

const TIMEOUT = { timeout: 30_000, interval: 20 };

let site: Site;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  [site, browser] = await Promise.all([
    Site.start({
      root: fileURLToPath(new URL("webrtc", import.meta.url)),
      configFile: false,
      plugins: [react()],
    }),
    // Without camera permission, a page announces mDNS names, which not every network resolves.
    launchBrowser("--disable-features=WebRtcHideLocalIpsWithMdns", "--allow-loopback-in-peer-connection"),
  ]);
});

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

afterAll(async () => {
  await browser?.close();
  await site?.dispose();
});

async function open(url = site.url): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const tab = await context.newPage();
  await tab.goto(url);
  return tab;
}

/** The pages of a room, by name. */
async function room(...names: string[]): Promise<{ url: string; http: string; tabs: Page[] }> {
  const tabs = await Promise.all(names.map(() => open()));
  const { socket_url: url, http_url: http } = await (tabs[0] as Page).evaluate(() => page.newRoom());
  await Promise.all(tabs.map((tab, n) => join(tab, url, names[n] as string)));
  await everybodySees(tabs, names);
  return { url, http, tabs };
}

const join = (tab: Page, url: string, name: string) =>
  tab.evaluate(([url, name]) => page.join(url, name), [url, name] as const);
const others = (tab: Page) => tab.evaluate(() => page.others());
const open_ = (tab: Page) => tab.evaluate(() => page.open().length);
const made = (tab: Page) => tab.evaluate(() => page.made());
const move = (tab: Page, point: Point) => tab.evaluate((point) => page.move(point), point);
const connected = (tab: Page) => tab.evaluate(() => page.at?.db.status.connected);

async function everybodySees(tabs: Page[], names: string[]): Promise<void> {
  for (const [n, tab] of tabs.entries()) {
    const rest = names.filter((_, m) => m !== n).sort();
    await expect.poll(async () => Object.keys(await others(tab)).sort(), TIMEOUT).toEqual(rest);
  }
}

/** Moves each pointer, and waits until all other pages show it. */
async function exchange(tabs: Page[], names: string[], x: number): Promise<void> {
  for (const [n, tab] of tabs.entries()) await move(tab, [x, n]);
  for (const [n, tab] of tabs.entries()) {
    const wanted = Object.fromEntries(names.map((name, m) => [name, [x, m]]).filter((_, m) => m !== n));
    await expect.poll(() => others(tab), TIMEOUT).toEqual(wanted);
  }
}

/** Checks that no page has reported an error. */
async function quiet(tabs: Page[]): Promise<void> {
  for (const tab of tabs) expect(await tab.evaluate(() => page.errors)).toEqual([]);
}

test("two pages exchange positions without the server, and stay connected when it is back", async () => {
  const names = ["a", "b"];
  const { tabs } = await room(...names);
  await exchange(tabs, names, 1);
  await site.kill();
  for (const tab of tabs) await expect.poll(() => connected(tab), TIMEOUT).toBe(false);
  for (let x = 2; x <= 30; x++) await exchange(tabs, names, x);
  await site.restart();
  for (const tab of tabs) await expect.poll(() => connected(tab), TIMEOUT).toBe(true);
  await exchange(tabs, names, 31);
  for (const tab of tabs) {
    expect(await made(tab)).toBe(1);
    expect(await tab.evaluate(() => page.open()[0]?.connectionState)).toBe("connected");
    // Neither page has removed the other one.
    expect(await tab.evaluate(() => page.seen.slice(page.seen.findIndex(Boolean)).every(Boolean))).toBe(true);
  }
  await quiet(tabs);
});

test("three pages see each other; a closed one disappears in seconds, a reloaded one returns", async () => {
  const names = ["a", "b", "c"];
  const { url, tabs } = await room(...names);
  const [a, b, c] = tabs as [Page, Page, Page];
  await exchange(tabs, names, 1);
  await b.reload();
  await join(b, url, "b");
  await everybodySees(tabs, names);
  await exchange(tabs, names, 2);
  // The page keeps its client id, so the others never removed it.
  expect(await a.evaluate(() => page.seen.slice(page.seen.indexOf("b,c")))).not.toContain("c");
  await expect.poll(() => open_(a), TIMEOUT).toBe(2);
  await c.close();
  for (const tab of [a, b]) {
    await expect.poll(async () => Object.keys(await others(tab)).length, { timeout: 5_000 }).toBe(1);
    await expect.poll(() => open_(tab), TIMEOUT).toBe(1);
  }
  await quiet([a, b]);
});

test("disconnect() and destroy() leave nothing behind in the page or in the room", async () => {
  const names = ["a", "b", "c"];
  const { url, http, tabs } = await room(...names);
  const [a, b, c] = tabs as [Page, Page, Page];
  await exchange(tabs, names, 1);
  await c.evaluate(() => page.at?.db.disconnect());
  await expect.poll(() => open_(c), TIMEOUT).toBe(0);
  expect(await others(c)).toEqual({});
  await everybodySees([a, b], ["a", "b"]);
  await c.evaluate((url) => page.at?.db.connect(url), url);
  await everybodySees(tabs, names);
  // A second listener shares the connections of the first one, and does not end them.
  const before = await made(a);
  await a.evaluate(() => {
    const { db, cursors } = page.at as NonNullable<TestPage["at"]>;
    const Class = cursors.constructor as new (options: object) => typeof cursors;
    const second = new Class({ db, clientId: "a" });
    page.second = second;
    page.undo = second.subscribe(() => {});
  });
  await expect
    .poll(() => a.evaluate(() => Object.keys(page.second?.getSnapshot() ?? {}).sort()), TIMEOUT)
    .toEqual(["b", "c"]);
  await a.evaluate(() => page.undo());
  await exchange(tabs, names, 2);
  expect(await made(a)).toBe(before);
  for (const tab of [a, b]) await tab.evaluate(() => page.at?.cursors.destroy());
  for (const tab of [a, b]) {
    await expect.poll(() => open_(tab), TIMEOUT).toBe(0);
    expect(await others(tab)).toEqual({});
  }
  await expect.poll(() => others(c), TIMEOUT).toEqual({});
  await expect.poll(() => open_(c), TIMEOUT).toBe(0);
  await c.evaluate(() => page.at?.db.disconnect());
  const keys = await c.evaluate(() => [...page.keys]);
  expect(keys.length).toBeGreaterThan(3);
  for (const key of keys) {
    expect(await new HttpConnection(http).send({ type: "get", key, seq: 0 })).toMatchObject({
      type: "init",
      data: [],
    });
  }
  await quiet(tabs);
});

test("pages of another room stay separate", async () => {
  const { tabs } = await room("a", "b");
  const [a, b] = tabs as [Page, Page];
  const other = await room("c");
  await a.evaluate((url) => page.at?.db.connect(url), other.url);
  await everybodySees([a, ...other.tabs], ["a", "c"]);
  await expect.poll(() => others(b), TIMEOUT).toEqual({});
  await expect.poll(() => open_(b), TIMEOUT).toBe(0);
  await quiet(tabs);
});

/** Lets both sides of each link begin at the same time: frames wait until every page has an offer to send. */
async function collide(tabs: Page[], begin: () => void): Promise<void> {
  await Promise.all(tabs.map((tab) => tab.evaluate(() => page.hold())));
  await Promise.all(tabs.map((tab) => tab.evaluate(begin)));
  for (const tab of tabs) {
    await expect.poll(() => tab.evaluate(() => page.offers), TIMEOUT).toBe(tabs.length - 1);
  }
  await Promise.all(tabs.map((tab) => tab.evaluate(() => page.release())));
}

const collisions = async (tabs: Page[]) =>
  (await Promise.all(tabs.map((tab) => tab.evaluate(() => page.collisions)))).reduce((a, b) => a + b);

test("when both sides restart at the same time, 20 times, one gives way and the channel stays", async () => {
  const names = ["a", "b"];
  const { tabs } = await room(...names);
  for (let round = 1; round <= 20; round++) {
    await collide(tabs, () => {
      for (const pc of page.open()) pc.restartIce();
    });
    await exchange(tabs, names, round);
    for (const tab of tabs) {
      await expect.poll(() => tab.evaluate(() => page.open()[0]?.signalingState), TIMEOUT).toBe("stable");
    }
    expect(await collisions(tabs)).toBe(round);
  }
  for (const tab of tabs) expect(await made(tab)).toBe(1);
  await quiet(tabs);
});

test("when both sides reconnect at the same time, 24 times, they end with one connection", async () => {
  const names = ["a", "b", "c", "d"];
  const { tabs } = await room(...names);
  for (let round = 1; round <= 4; round++) {
    const before = await Promise.all(tabs.map(made));
    await collide(tabs, () => {
      for (const pc of page.open()) pc.close();
    });
    await everybodySees(tabs, names);
    await exchange(tabs, names, round);
    for (const [n, tab] of tabs.entries()) {
      expect(await open_(tab)).toBe(3);
      expect(await made(tab)).toBe((before[n] as number) + 3);
    }
    expect(await collisions(tabs)).toBe(round * 6);
  }
  await quiet(tabs);
});

test("a sleeping page disappears for the others, and returns when it wakes up", async () => {
  const system = await browser.newBrowserCDPSession();
  const renderers = async () => {
    const { processInfo } = await system.send("SystemInfo.getProcessInfo");
    return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  };
  const { url, tabs } = await room("a");
  const before = await renderers();
  const b = await open();
  await join(b, url, "b");
  const [a] = tabs as [Page];
  await everybodySees([a, b], ["a", "b"]);
  const its = (await renderers()).filter((id) => !before.includes(id));
  expect(its).toHaveLength(1);
  process.kill(its[0] as number, "SIGSTOP");
  await expect.poll(() => others(a), { timeout: 60_000 }).toEqual({});
  // The page has tried several times by now.
  await expect.poll(() => made(a), { timeout: 60_000 }).toBeGreaterThan(2);
  process.kill(its[0] as number, "SIGCONT");
  await everybodySees([a, b], ["a", "b"]);
  await exchange([a, b], ["a", "b"], 1);
  for (const tab of [a, b]) expect(await open_(tab)).toBe(1);
  await quiet([a, b]);
});

test("useWebRtcPresence shows each other's pointer in StrictMode, and nothing once unmounted", async () => {
  const a = await open(`${site.url}#react`);
  await expect.poll(() => a.url(), TIMEOUT).toContain("_driftdb_room=");
  const b = await open(a.url());
  for (const [n, tab] of [a, b].entries()) await tab.mouse.move(100 + n, 200);
  await expect.poll(() => a.getByRole("listitem").allTextContents(), TIMEOUT).toEqual(["101,200"]);
  await expect.poll(() => b.getByRole("listitem").allTextContents(), TIMEOUT).toEqual(["100,200"]);
  const before = await made(a);
  await site.kill();
  await a.mouse.move(150, 250);
  await b.mouse.move(160, 260);
  await expect.poll(() => b.getByRole("listitem").allTextContents(), TIMEOUT).toEqual(["150,250"]);
  await expect.poll(() => a.getByRole("listitem").allTextContents(), TIMEOUT).toEqual(["160,260"]);
  expect(await a.getByRole("status").allTextContents()).toEqual(["1"]);
  await site.restart();
  // ICE servers that are written inline count as unchanged at each render.
  expect(await made(a)).toBe(before);
  expect(await open_(a)).toBe(1);
  await a.getByRole("button").click();
  await expect.poll(() => open_(a), TIMEOUT).toBe(0);
  await expect.poll(() => b.getByRole("listitem").count(), TIMEOUT).toBe(0);
  await a.getByRole("button").click();
  await expect.poll(() => b.getByRole("listitem").count(), TIMEOUT).toBe(1);
});
