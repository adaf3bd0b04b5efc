// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { Lock } from "driftdb";
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { DriftDBProvider, type SharedLock, useHost, useLock, useUniqueClientId } from "../src/index.js";
import { page, roomOfPage, type TestServer, testServer } from "./harness.js";

const running = testServer();
const inRoom = () => waitFor(() => roomOfPage());
const shown = (text: string) => waitFor(() => expect(document.body.textContent).toBe(text));
const holds = () => page.sent.filter((frame) => JSON.parse(frame).action?.type === "hold").length;

async function somebody(server: TestServer, clientId: string, key: string) {
  const db = await server.join(roomOfPage());
  const lock = new Lock({ db, key, clientId });
  lock.subscribe();
  return { db, lock };
}

function Host({ k }: { k?: string }) {
  const { isHost, host } = useHost(k);
  const me = useUniqueClientId();
  return <p>{isHost ? "I" : host === null ? "nobody" : host === me ? "me" : host}</p>;
}

let lock: SharedLock;
function Locked() {
  lock = useLock("door");
  return <p>{lock.held ? "mine" : lock.waiting ? `waiting for ${lock.holder}` : `${lock.holder}`}</p>;
}

test("useHost: the first client is host, the next one when it leaves, and all agree", async () => {
  const { server } = running;
  const view = render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Host />
      </DriftDBProvider>
    </StrictMode>,
  );
  expect(document.body.textContent).toBe("nobody");
  await inRoom();
  await shown("I");
  const other = await somebody(server, "other", "host");
  other.lock.acquire();
  await waitFor(() => expect(other.lock.getSnapshot().waiting).toBe(true));
  const third = await somebody(server, "third", "host");
  await waitFor(() => expect(third.lock.getSnapshot().holder).toBe(other.lock.getSnapshot().holder));
  expect(screen.getByText("I")).toBeTruthy();
  view.unmount();
  await waitFor(() =>
    expect(other.lock.getSnapshot()).toEqual({ held: true, waiting: false, holder: "other" }),
  );
  await waitFor(() => expect(third.lock.getSnapshot().holder).toBe("other"));
});

test("useHost: shows another page's host, and becomes host when that page disconnects", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  history.replaceState(null, "", `/?_driftdb_room=${room}`);
  const other = await somebody(server, "other", "host");
  other.lock.acquire();
  await waitFor(() => expect(other.lock.getSnapshot().held).toBe(true));
  render(
    <DriftDBProvider api={server.url}>
      <Host />
      <Host k="second" />
    </DriftDBProvider>,
  );
  await shown("otherI");
  other.db.disconnect();
  await shown("II");
});

test("useLock: a client asks, waits, has the lock and releases it", async () => {
  const { server } = running;
  render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Locked />
      </DriftDBProvider>
    </StrictMode>,
  );
  await inRoom();
  const other = await somebody(server, "other", "door");
  other.lock.acquire();
  await shown("other");
  expect(holds()).toBe(0);
  const { acquire, release } = lock;
  act(() => acquire());
  await shown("waiting for other");
  other.lock.release();
  await shown("mine");
  await waitFor(() => expect(other.lock.getSnapshot().held).toBe(false));
  expect(lock.acquire).toBe(acquire);
  act(() => release());
  await shown("null");
  await waitFor(() => expect(other.lock.getSnapshot().holder).toBe(null));
});

test("on the server, nobody has the lock; without a provider, an error says what to do", () => {
  expect(
    renderToString(
      <DriftDBProvider api="http://server/">
        <Locked />
      </DriftDBProvider>,
    ),
  ).toContain("null");
  expect(() => renderToString(<Locked />)).toThrow("useLock must be used inside <DriftDBProvider");
  expect(() => renderToString(<Host />)).toThrow("useHost must be used inside <DriftDBProvider");
});
