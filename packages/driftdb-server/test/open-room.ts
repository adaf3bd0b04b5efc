import { onTestFinished } from "vitest";
import type { Commit } from "../src/core/commit.js";
import { LocalEngine } from "../src/engine/local/local-engine.js";
import { SqliteStore } from "../src/engine/local/sqlite/sqlite-store.js";
import type { Payload } from "../src/engine/payload.js";
import { DEFAULT_LIMITS, type Limits } from "../src/limits/limits.js";
import type { Asker } from "../src/room/member.js";
import { RoomHost } from "../src/room/room-host.js";
import { type Clock, systemClock } from "../src/schedule/clock.js";
import { temporaryDirectory } from "./test-server.js";

/** A store whose commits fail while `failing` is true. */
export class FailingStore extends SqliteStore {
  failing = false;

  override commit(commits: readonly Commit<Payload>[]): void {
    if (this.failing) throw new Error("the disk is on fire");
    super.commit(commits);
  }
}

/** An open room on disk and its store, both removed after the test. */
export async function openRoom(
  limits: Partial<Limits> = {},
  clock: Clock = systemClock,
): Promise<{ host: RoomHost; store: FailingStore }> {
  const store = new FailingStore(temporaryDirectory());
  onTestFinished(() => store.close());
  const engine = new LocalEngine(store, {
    limits: { ...DEFAULT_LIMITS, ...limits },
    onError: () => {},
    clock,
  });
  await engine.create("room");
  const host = new RoomHost("room", clock);
  const room = await engine.open("room", host);
  if (!room) throw new Error("there is no such room");
  return { host: host.attach(room), store };
}

/** Resolves when all earlier requests have been answered, and their acknowledgements sent. */
export async function settled(host: RoomHost): Promise<void> {
  await new Promise<void>((resolve) => {
    const connection: Asker = { session: null, answered: () => resolve(), lost: () => resolve() };
    host.submit({ type: "barrier", connection, mark: { do: "nothing" } });
  });
  // Acknowledgements leave after the outputs of the turn.
  await new Promise<void>((resolve) => setImmediate(resolve));
}
