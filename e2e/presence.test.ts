import { type BrowserContext, chromium, type Page } from "playwright-core";
import { expect, test } from "vitest";
import { GRACE_MS } from "../packages/driftdb-protocol/src/limits.js";
import { launchOptions } from "./browser.js";
import { browser, site, withPage } from "./demo-site.js";

const TIMEOUT = { timeout: 40_000, interval: 50 };

/** Milliseconds for which a reloading page may be away, a little less than the grace time of the room. */
const BACK_IN_TIME = 1_900;

interface Person {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
}

withPage("presence");

async function join(name: string, url: string, where = browser): Promise<Person> {
  const context = await where.newContext();
  const page = await context.newPage();
  const address = new URL(url);
  address.searchParams.set("name", name);
  await page.goto(address.href);
  return { name, page, context };
}

const names = (people: readonly Person[]) => people.map(({ name }) => name);
const shows = (page: Page) => page.getByRole("listitem").allTextContents();

/** Every page shows exactly the other ones. */
async function allSee(viewers: readonly Person[], people: readonly string[]): Promise<void> {
  for (const { name, page } of viewers) {
    const others = people.filter((other) => other !== name).sort();
    await expect.poll(() => shows(page), TIMEOUT).toEqual(others);
  }
}

/** When each page removed a client from the screen, in ms after `begin`; undefined where it did not. */
function goneAfter(viewers: readonly Person[], name: string, begin: number): Promise<(number | undefined)[]> {
  return Promise.all(
    viewers.map(({ page }) =>
      page.evaluate(
        ([who, since]) => {
          const { shown } = window as unknown as { shown: [number, string[]][] };
          const gone = shown.find(([at, others]) => at >= since && !others.includes(who));
          return gone && gone[0] - since;
        },
        [name, begin] as const,
      ),
    ),
  );
}

test("S9 eight people: those who leave disappear in time, those who return in time never do", async () => {
  const first = await join("p1", site.url);
  await expect.poll(() => first.page.url(), TIMEOUT).toContain("_driftdb_room=");
  const url = first.page.url();
  const people = [first];
  for (const name of ["p2", "p3", "p4", "p5", "p6", "p7"]) people.push(await join(name, url));
  const [, disconnecting, closing, reloading, offline] = people as [Person, Person, Person, Person, Person];
  // One client has a browser of its own, which the test kills.
  const doomed = await chromium.launchServer(launchOptions());
  const other = await chromium.connect(doomed.wsEndpoint());
  people.push(await join("p8", url, other));
  await allSee(people, names(people));

  // One page reloads; again, if the reload took longer than the grace time of a closed tab.
  let reload = 0;
  let reloaded = 0;
  for (let attempt = 0; attempt < 5; attempt++) {
    reload = Date.now();
    await reloading.page.reload({ waitUntil: "commit" });
    await allSee([reloading], names(people));
    reloaded = Date.now();
    await allSee(people, names(people));
    if (reloaded - reload < BACK_IN_TIME) break;
  }
  expect(reloaded - reload).toBeLessThan(BACK_IN_TIME);

  // Another one loses its network meanwhile.
  const quiet = Date.now();
  await offline.context.setOffline(true);

  // One page disconnects.
  let viewers = people.filter((person) => person !== disconnecting && person !== offline);
  let begin = Date.now();
  await disconnecting.page.getByRole("button", { name: "Disconnect" }).click();
  await allSee(viewers, names(people.filter((person) => person !== disconnecting)));
  const disconnected = await goneAfter(viewers, "p2", begin);

  // One page closes.
  viewers = viewers.filter((person) => person !== closing);
  begin = Date.now();
  await closing.page.close();
  await allSee(viewers, names(people.filter((person) => person !== disconnecting && person !== closing)));
  const closed = await goneAfter(viewers, "p3", begin);

  await offline.page.waitForTimeout(Math.max(0, 10_000 - (Date.now() - quiet)));
  await offline.context.setOffline(false);
  const left = people.filter((person) => person !== disconnecting && person !== closing);
  await allSee(left, names(left));

  // One browser is killed.
  const survivors = left.slice(0, -1);
  begin = Date.now();
  await doomed.kill();
  await allSee(survivors, names(survivors));
  const killed = await goneAfter(survivors, "p8", begin);

  const without = (...absent: Person[]) => survivors.filter((person) => !absent.includes(person));
  const never = [
    ...(await goneAfter(without(reloading), "p4", reload)),
    ...(await goneAfter(without(offline), "p5", quiet)),
  ];
  const most = (times: (number | undefined)[]) => Math.max(...times.map((time) => time ?? Number.NaN));
  console.log(
    `gone from the other screens: disconnected ${most(disconnected)} ms, ` +
      `tab closed ${most(closed)} ms, killed ${most(killed)} ms`,
  );
  expect(never.filter((time) => time !== undefined)).toEqual([]);
  expect(most(disconnected)).toBeLessThanOrEqual(500);
  expect(most(closed)).toBeLessThanOrEqual(3_000);
  expect(Math.min(...(killed as number[]))).toBeGreaterThan(2_000);
  expect(most(killed)).toBeLessThanOrEqual(GRACE_MS + 2_000);
});
