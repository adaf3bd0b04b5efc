import { readdirSync, readFileSync } from "node:fs";
import { Api, type ConnectionStatus, DbConnection, Reducer, StateListener } from "driftdb";
import { createServer, type DriftDBServer } from "driftdb-server";
import { type Accessor, createComponent, createRoot, from } from "solid-js";
import { render } from "solid-js/web";
import { mount, unmount } from "svelte";
import { get, type Readable } from "svelte/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "vue";
import { WebSocket as NodeWebSocket } from "ws";
import { db, join, slider } from "./room.js";
import { SharedSlider as SolidSlider } from "./SharedSlider.jsx";
import SvelteSlider from "./SharedSlider.svelte";
import VueSlider from "./SharedSlider.vue";
import { showSlider } from "./shared-slider.js";
import { showValue } from "./value-per-frame.js";

/** The messages that the page has sent through its WebSocket. */
const sent: { type: string; key?: string }[] = [];

class PageWebSocket extends NodeWebSocket {
  override send(data: string): void {
    sent.push(JSON.parse(data));
    super.send(data);
  }
}

let server: DriftDBServer;
/** Another client in the room. */
let other: DbConnection;
let element: HTMLElement;

beforeEach(async () => {
  globalThis.WebSocket = PageWebSocket as unknown as typeof WebSocket;
  sent.length = 0;
  server = createServer({ memory: true });
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  const room = await join(url);
  other = new DbConnection({ websocketConstructor: NodeWebSocket as unknown as typeof WebSocket });
  await other.connect((await new Api(url).getRoom(room)).socket_url);
  element = document.body.appendChild(document.createElement("main"));
});

afterEach(async () => {
  element.remove();
  db.disconnect();
  other.disconnect();
  await server.close();
});

/** Functions that show the page's component in an element, and return a function that removes it. */
const frameworks: [string, (element: HTMLElement) => () => unknown][] = [
  [
    "Svelte",
    (target) => {
      const component = mount(SvelteSlider, { target });
      return () => unmount(component);
    },
  ],
  [
    "Vue",
    (target) => {
      const app = createApp(VueSlider);
      app.mount(target);
      return () => app.unmount();
    },
  ],
  ["Solid", (target) => render(() => createComponent(SolidSlider, {}), target)],
  ["plain JavaScript", showSlider],
];

const part = <E extends HTMLElement>(selector: string) => element.querySelector(selector) as E;
const shown = () => [
  part<HTMLInputElement>("input").value,
  part("button").textContent,
  part("p").textContent,
];

test.each(frameworks)("%s shows others' values, sets values, and stops when removed", async (_, show) => {
  const theirs = new StateListener<number>({ db: other, key: "slider" });
  const theirClicks = new Reducer({
    db: other,
    key: "clicks",
    reducer: (sum: number, more: number) => sum + more,
    initialValue: 0,
  });
  theirs.subscribe();
  theirClicks.subscribe();

  const remove = show(element);
  await expect.poll(shown).toEqual(["0", "0 clicks", "connected"]);
  theirs.setStateOptimistic(55);
  theirClicks.dispatch(2);
  await expect.poll(shown).toEqual(["55", "2 clicks", "connected"]);

  const input = part<HTMLInputElement>("input");
  input.value = "7";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  part("button").click();
  await expect.poll(shown).toEqual(["7", "3 clicks", "connected"]);
  await expect.poll(theirs.getSnapshot).toBe(7);
  await expect.poll(theirClicks.getSnapshot).toBe(3);

  await remove();
  expect(element.textContent).toBe("");
  const left = () => sent.filter(({ type }) => type === "unsubscribe").map(({ key }) => key);
  await expect.poll(() => left().sort()).toEqual(["clicks", "slider"]);
  expect(db.statusListener.dispatch(db.status)).toBe(false);
  await other.send({ type: "push", key: "slider", value: { v: 99 }, action: { type: "replace" } });
  // Whatever the room sends arrives before the answer.
  expect(await db.testLatency()).not.toBe(null);
  expect(slider.getSnapshot()).toBe(7);
});

test("a view per frame shows a burst of values in a few changes, and ends up with the last one", async () => {
  let changes = 0;
  const target = document.createElement("output");
  const observer = new MutationObserver((records) => {
    changes += records.length;
  });
  observer.observe(target, { childList: true });
  const start = performance.now();
  const stop = showValue(target);
  await expect.poll(() => target.textContent).toBe("0");
  for (let v = 1; v <= 1_000; v++) {
    void other.send({ type: "push", key: "slider", value: { v }, action: { type: "replace" } });
  }
  await expect.poll(() => target.textContent).toBe("1000");
  expect(changes).toBeLessThanOrEqual(3 + (performance.now() - start) / 16);
  stop();
});

test("TypeScript accepts a store where Svelte and Solid expect one", () => {
  const listener = new StateListener<number>({ db: other, key: "other" });
  const value: Readable<number | undefined> = listener;
  const status: Readable<ConnectionStatus> = db.statusListener;
  expect([get(value), get(status), get(db.sync)]).toEqual([undefined, db.status, db.sync.getSnapshot()]);
  createRoot((dispose) => {
    const accessor: Accessor<number | undefined> = from(listener);
    expect(accessor()).toBe(undefined);
    listener.setStateOptimistic(1);
    expect(accessor()).toBe(1);
    dispose();
  });
});

test("the docs page shows the code that these tests run", () => {
  const read = (path: string) => readFileSync(`${import.meta.dirname}/${path}`, "utf8");
  const blocks = [...read("../frameworks.md").matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([, language, code]) => `${language}: ${code}`,
  );
  const names = /^(room|use-store|SharedSlider|shared-slider|value-per-frame)\.(\w+)$/;
  const files = readdirSync(import.meta.dirname).filter((file) => names.test(file));
  expect(files).toHaveLength(7);
  expect(blocks.sort()).toEqual(files.map((file) => `${file.match(names)?.[2]}: ${read(file)}`).sort());
});
