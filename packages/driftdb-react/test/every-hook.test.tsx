// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { render, waitFor } from "@testing-library/react";
import type { DbConnection } from "driftdb";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Emitter } from "../../driftdb/src/observable/emitter.js";
import {
  DriftDBProvider,
  RoomQRCode,
  StatusIndicator,
  useConnectionStatus,
  useDatabase,
  useHost,
  useLatency,
  useLock,
  useMessages,
  usePresence,
  useSharedReducer,
  useSharedState,
  useSubscription,
  useSyncStatus,
  useUniqueClientId,
} from "../src/index.js";
import { page, roomOfPage, testServer } from "./harness.js";

const MOUNTS = 100;
const running = testServer();

/** Listeners and timers that have not ended. */
const alive = { listeners: 0, timers: new Set<unknown>() };
const undo: (() => void)[] = [];

/** The server and the test run in the same process: their timers do not count. */
const isOurs = () => /packages\/driftdb(-react)?\/src/.test(new Error().stack ?? "");

beforeEach(() => {
  const { addListener } = Emitter.prototype;
  Emitter.prototype.addListener = function (listener) {
    const remove = addListener.call(this, listener);
    alive.listeners++;
    let there = true;
    return () => {
      if (there) alive.listeners--;
      there = false;
      remove();
    };
  };
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  globalThis.setTimeout = ((call: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const timer = setTimeout(() => {
      alive.timers.delete(timer);
      call(...args);
    }, ms);
    if (isOurs()) alive.timers.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.setInterval = ((...args: Parameters<typeof setInterval>) => {
    const timer = setInterval(...args);
    if (isOurs()) alive.timers.add(timer);
    return timer;
  }) as typeof setInterval;
  globalThis.clearTimeout = globalThis.clearInterval = ((timer: ReturnType<typeof setTimeout>) => {
    alive.timers.delete(timer);
    clearTimeout(timer);
  }) as typeof clearTimeout;
  undo.push(() => {
    Emitter.prototype.addListener = addListener;
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
  });
});

afterEach(() => {
  for (const back of undo.splice(0)) back();
});

function EveryHook() {
  useDatabase();
  useUniqueClientId();
  const [state] = useSharedState("state", 0);
  const [sum] = useSharedReducer("sum", (total: number, more: number) => total + more, 0);
  const messages = useMessages("messages");
  useSubscription("stream", () => {});
  const others = usePresence("presence", { state });
  const { isHost } = useHost();
  const { held } = useLock("lock");
  return (
    <p>
      {sum} {messages.length} {Object.keys(others).length} {`${isHost} ${held}`} {useLatency()}{" "}
      {useSyncStatus().state} {`${useConnectionStatus().connected}`}
      <RoomQRCode />
      <StatusIndicator />
    </p>
  );
}

/** The largest number of unanswered gets of one key. */
function mostGets(db: DbConnection): () => number {
  const unanswered = new Map<string, number>();
  let read = 0;
  let most = 0;
  const count = () => {
    for (; read < page.sent.length; read++) {
      const { type, key } = JSON.parse(page.sent[read] as string);
      if (type !== "get") continue;
      unanswered.set(key, (unanswered.get(key) ?? 0) + 1);
      most = Math.max(most, unanswered.get(key) ?? 0);
    }
  };
  db.messageListener.addListener((message) => {
    count();
    if (message.type === "init") unanswered.set(message.key, (unanswered.get(message.key) ?? 0) - 1);
  });
  return () => {
    count();
    return most;
  };
}

test(`StrictMode: ${MOUNTS} mounts and unmounts of all hooks leave one socket, and no more`, async () => {
  const { server } = running;
  let db: DbConnection | undefined;
  function Page({ on }: { on: boolean }) {
    db = useDatabase();
    return on ? <EveryHook /> : null;
  }
  const tree = (on: boolean) => (
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Page on={on} />
      </DriftDBProvider>
    </StrictMode>
  );
  const view = render(tree(false));
  await waitFor(() => expect(db?.status.connected).toBe(true));
  const connection = db as DbConnection;
  const gets = mostGets(connection);
  await connection.testLatency();
  const before = { listeners: alive.listeners, timers: alive.timers.size };
  const settled = async () => {
    // Hooks clean up a macrotask later; then the server has to hear of it.
    await new Promise((resolve) => setTimeout(resolve));
    await connection.testLatency();
  };
  for (let i = 0; i < MOUNTS; i++) {
    view.rerender(tree(true));
    // Some trees unmount immediately, some see the answers, some mount again in the same task.
    if (i % 3 === 0) await settled();
    view.rerender(tree(false));
    if (i % 3 !== 2) await settled();
  }
  await settled();
  // After 5 to 10 s, which a busy machine may take, the provider listens for a lost connection.
  await waitFor(() => expect(alive.listeners - before.listeners).toBeLessThanOrEqual(1));
  expect(server.upgrades).toBe(1);
  expect(gets()).toBe(1);
  await waitFor(() => expect(alive.timers.size).toBeLessThanOrEqual(before.timers));

  // In the room, no value is held, and no key has listeners.
  const witness = await server.join(roomOfPage());
  const held: unknown[] = [];
  witness.messageListener.addListener((message) => void ("held" in message && held.push(message)));
  for (const key of ["presence", "__lock:host", "__lock:lock"]) witness.subscribe(key, () => {});
  await witness.testLatency();
  expect(held).toEqual([]);
  const count = (type: string, key: string) =>
    page.sent.map((frame) => JSON.parse(frame)).filter((frame) => frame.type === type && frame.key === key)
      .length;
  const keys = new Set(page.sent.map((frame) => JSON.parse(frame).key).filter((key) => key !== undefined));
  expect(keys.size).toBe(7);
  for (const key of keys) expect([key, count("unsubscribe", key) > 0]).toEqual([key, true]);

  view.unmount();
  await waitFor(() => expect(server.open.size).toBe(1));
  witness.disconnect();
  await waitFor(() => expect([alive.timers.size, server.open.size]).toEqual([0, 0]));
});
