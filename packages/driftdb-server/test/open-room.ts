import { onTestFinished } from "vitest";
import { LocalEngine } from "../src/engine/local/local-engine.js";
import type { RoomChange } from "../src/engine/local/room-store.js";
import { SqliteStore } from "../src/engine/local/sqlite/sqlite-store.js";
import { DEFAULT_LIMITS, type Limits } from "../src/limits/limits.js";
import { RoomHost } from "../src/room/room-host.js";
import { temporaryDirectory } from "./test-server.js";

/** A store whose commits fail while it is told so. */
export class FailingStore extends SqliteStore {
  failing = false;

  override commit(changes: readonly RoomChange[]): void {
    if (this.failing) throw new Error("the disk is on fire");
    super.commit(changes);
  }
}

/** An open room on disk, and its store; both gone after the test. */
export async function openRoom(
  limits: Partial<Limits> = {},
): Promise<{ host: RoomHost; store: FailingStore }> {
  const store = new FailingStore(temporaryDirectory(), { ...DEFAULT_LIMITS, ...limits });
  onTestFinished(() => store.close());
  const engine = new LocalEngine(store, () => {});
  await engine.create("room");
  const host = new RoomHost();
  const room = await engine.open("room", host);
  if (!room) throw new Error("there is no such room");
  return { host: host.attach(room), store };
}

/** Resolves once all that was asked for has been answered, acknowledgements included. */
export async function settled(host: RoomHost): Promise<void> {
  await new Promise<void>((resolve) => host.engine.barrier(resolve));
  // Acknowledgements leave in a microtask of the turn that told of them.
  await new Promise<void>((resolve) => setImmediate(resolve));
}
