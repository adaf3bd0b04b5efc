import { readdirSync, readFileSync } from "node:fs";
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { type DbConnection, Lock, PresenceListener, StateListener } from "driftdb";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DriftDBProvider } from "../src/index.js";
import { roomOfPage, testServer } from "./harness.js";
import { Clock } from "./presence-page/clock.js";
import CursorsApp from "./presence-page/cursors.js";
import { Headcount } from "./presence-page/headcount.js";
import { Title } from "./presence-page/title.js";

const running = testServer();
const original = globalThis.fetch;
/** The rooms that the page has created. */
const rooms: string[] = [];

beforeEach(() => {
  rooms.length = 0;
  // The test's server stands for the one in the page's examples.
  globalThis.fetch = async (url, init) => {
    const response = await original(String(url).replace("http://127.0.0.1:8080/", running.server.url), init);
    rooms.push((await response.clone().json()).room);
    return response;
  };
});

afterEach(() => {
  globalThis.fetch = original;
  vi.restoreAllMocks();
});

const inRoom = (children: ReactNode) =>
  render(<DriftDBProvider api={running.server.url}>{children}</DriftDBProvider>);

/** Another client in the page's room. */
async function somebody(): Promise<DbConnection> {
  await waitFor(() => roomOfPage());
  return running.server.join(roomOfPage());
}

test("docs/presence.md: the cursors and the headcount", async () => {
  const { container } = render(<CursorsApp />);
  const theirs = new PresenceListener({
    db: await somebody(),
    key: "cursors",
    clientId: "them",
    initialState: { x: 3, y: 4 },
  });
  theirs.subscribe();
  const pointer = await screen.findByText("them");
  expect([pointer.style.left, pointer.style.top]).toEqual(["3px", "4px"]);
  fireEvent(
    container.firstElementChild as Element,
    new MouseEvent("pointermove", { bubbles: true, clientX: 5, clientY: 6 }),
  );
  await waitFor(() =>
    expect(Object.values(theirs.getSnapshot()).map(({ value }) => value)).toEqual([{ x: 5, y: 6 }]),
  );
  theirs.destroy();
  await waitFor(() => expect(screen.queryByText("them")).toBe(null));
});

test("docs/presence.md: the headcount only looks, and is not counted", async () => {
  inRoom(<Headcount />);
  expect(screen.getByText("You are alone")).toBeTruthy();
  const db = await somebody();
  const theirs = new PresenceListener({ db, key: "cursors", clientId: "them", initialState: 1 });
  theirs.subscribe();
  await screen.findByText("You and 1 more");
  expect(await db.testLatency()).not.toBe(null);
  expect(Object.keys(theirs.getSnapshot())).toEqual([]);
});

test("docs/presence.md: the host ticks the clock, which takes only the next tick", async () => {
  inRoom(<Clock />);
  const db = await somebody();
  const time = () => Number(document.body.textContent?.match(/^(\d+), by me$/)?.[1]);
  await waitFor(() => expect(time()).toBeGreaterThan(0));
  const now = time();
  // A second client that takes itself for the host.
  for (const apply of [now, now + 50]) {
    await db.send({ type: "push", key: "clock", value: { apply }, action: { type: "append" } });
  }
  await waitFor(() => expect(time()).toBeGreaterThan(now + 1));
  expect(time()).toBeLessThan(now + 50);
});

test("docs/presence.md: one client at a time writes the title", async () => {
  inRoom(<Title />);
  const db = await somebody();
  const title = new StateListener<string>({ db, key: "title" });
  title.subscribe();
  const lock = new Lock({ db, key: "title" });
  lock.subscribe();
  lock.acquire();
  await waitFor(() => expect(lock.getSnapshot().held).toBe(true));
  const input = screen.getByRole<HTMLInputElement>("textbox");
  act(() => input.focus());
  await screen.findByText("Somebody else is writing.");
  expect(input.readOnly).toBe(true);
  lock.release();
  await waitFor(() => expect(input.readOnly).toBe(false));
  fireEvent.change(input, { target: { value: "Mine" } });
  await waitFor(() => expect(title.getSnapshot()).toBe("Mine"));
  act(() => input.blur());
  await waitFor(() => expect(lock.getSnapshot().holder).toBe(null));
  expect(input.readOnly).toBe(true);
});

test("docs/presence.md: without React", async () => {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...words) => void lines.push(words.join(" ")));
  await import("./presence-page/plain.js");
  await waitFor(() => expect(lines).toEqual(["my turn"]));
  const db = await running.server.join(rooms[0] as string);
  const theirs = new PresenceListener({
    db,
    key: "here",
    clientId: "them",
    initialState: { name: "Grace", typing: false },
  });
  theirs.subscribe();
  await waitFor(() => expect(lines).toEqual(["my turn", "here: Grace"]));
  await waitFor(() =>
    expect(Object.values(theirs.getSnapshot()).map(({ value }) => value)).toEqual([
      { name: "Ada", typing: true },
    ]),
  );
});

test("docs/presence.md shows the code that these tests run", () => {
  const read = (path: string) => readFileSync(`${import.meta.dirname}/${path}`, "utf8");
  const blocks = [...read("../../../docs/presence.md").matchAll(/^```\w+\n(.*?)^```$/gms)].map(
    ([, code]) => code,
  );
  const files = readdirSync(`${import.meta.dirname}/presence-page`);
  expect(files).toHaveLength(5);
  expect(blocks.sort()).toEqual(files.map((file) => read(`presence-page/${file}`)).sort());
});
