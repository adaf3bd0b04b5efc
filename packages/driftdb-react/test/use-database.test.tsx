// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { render, screen } from "@testing-library/react";
import { DbConnection } from "driftdb";
import type { ReactElement } from "react";
import { expect, test, vi } from "vitest";
import {
  DatabaseContext,
  DriftDBProvider,
  StatusIndicator,
  useConnectionStatus,
  useDatabase,
  useSharedReducer,
  useSharedState,
  useSyncStatus,
} from "../src/index.js";
import { testServer } from "./harness.js";

const running = testServer();

test("returns the connection of the nearest provider, the same in every render", async () => {
  const { server } = running;
  const dbs = new Set<DbConnection>();
  function Sender() {
    const db = useDatabase();
    dbs.add(db);
    return <StatusIndicator />;
  }
  const tree = () => (
    <DriftDBProvider api={server.url}>
      <Sender />
    </DriftDBProvider>
  );
  const view = render(tree());
  view.rerender(tree());
  await screen.findByText("Connected");
  expect(dbs.size).toBe(1);
  const [db] = dbs;
  expect(db).toBeInstanceOf(DbConnection);
  expect(await db?.testLatency()).toBeGreaterThanOrEqual(0);
});

test("DatabaseContext takes an application's own connection", () => {
  const mine = new DbConnection();
  let seen: DbConnection | undefined;
  function Reader() {
    seen = useDatabase();
    return null;
  }
  render(
    <DatabaseContext.Provider value={mine}>
      <Reader />
    </DatabaseContext.Provider>,
  );
  expect(seen).toBe(mine);
});

const hooks: Record<string, () => unknown> = {
  useDatabase: () => useDatabase(),
  useSharedState: () => useSharedState("key", 0),
  useSharedReducer: () => useSharedReducer("key", (state: number) => state, 0),
  useConnectionStatus: () => useConnectionStatus(),
  useSyncStatus: () => useSyncStatus(),
};

test.each(Object.entries(hooks))(
  "%s without a provider throws an error that says what to do",
  (name, hook) => {
    function Lost(): ReactElement | null {
      hook();
      return null;
    }
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    // In React 18, the page reports the error, too.
    const quiet = (event: Event) => event.preventDefault();
    addEventListener("error", quiet);
    try {
      expect(() => render(<Lost />)).toThrow(`${name} must be used inside <DriftDBProvider api="http://…">`);
    } finally {
      removeEventListener("error", quiet);
      log.mockRestore();
    }
  },
);
