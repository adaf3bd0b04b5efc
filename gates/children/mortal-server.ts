// The server's own parts, put together as createServer does, around a store and an engine that kill the process at a
// named point of the commit path. Nothing of this is in what ships.
//
// --data DIR --port N --host H --point NAME --at N: dies at the point's Nth time.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import type { Engine, EngineRoom, RoomEvents } from "../../packages/driftdb-server/src/engine/engine.js";
import { LocalEngine } from "../../packages/driftdb-server/src/engine/local/local-engine.js";
import type { RoomChange, RoomStore } from "../../packages/driftdb-server/src/engine/local/room-store.js";
import { SqliteStore } from "../../packages/driftdb-server/src/engine/local/sqlite/sqlite-store.js";
import { HttpHandler } from "../../packages/driftdb-server/src/http/http-handler.js";
import { UpgradeHandler } from "../../packages/driftdb-server/src/http/upgrade-handler.js";
import { AddressLimits } from "../../packages/driftdb-server/src/limits/address-limits.js";
import { resolveLimits } from "../../packages/driftdb-server/src/limits/limits.js";
import { OpenRooms } from "../../packages/driftdb-server/src/room/open-rooms.js";

/** Where the process may end. */
export type Point =
  /** Applied in memory, and nothing is written. */
  | "before commit"
  /** Inside of the transaction, after some of its rows. */
  | "in commit"
  /** On the disk, and nobody has been told. */
  | "after commit"
  /** Some of a turn's broadcasts and answers have gone out, and not the others. */
  | "in broadcast";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    point: { type: "string", default: "" },
    at: { type: "string", default: "1" },
  },
});
let left = Number(values.at);

/** Where the process ends, if it is this point and its time has come. */
function pass(point: Point): void {
  if (point === values.point && --left <= 0) process.kill(process.pid, "SIGKILL");
}

const isWrite = ({ writes, sessions }: RoomChange) => writes.length + sessions.size > 0;

class MortalStore implements RoomStore {
  constructor(readonly inner: RoomStore) {}

  create(room: string): void {
    this.inner.create(room);
  }

  exists(room: string): boolean {
    return this.inner.exists(room);
  }

  load(room: string) {
    return this.inner.load(room);
  }

  commit(changes: readonly RoomChange[]): void {
    const counts = changes.some(isWrite);
    if (counts) pass("before commit");
    this.inner.commit(changes.map(withPoint));
    if (counts) pass("after commit");
  }

  release(room: string, head: number): void {
    this.inner.release(room, head);
  }

  close(): void {
    this.inner.close();
  }
}

/** The same change, with the point between its messages and its sessions. */
function withPoint(change: RoomChange): RoomChange {
  const sessions = new Map(change.sessions);
  sessions[Symbol.iterator] = () => {
    pass("in commit");
    return sessions.entries();
  };
  return { ...change, sessions };
}

class MortalEngine implements Engine {
  constructor(readonly inner: Engine) {}

  create(room: string): Promise<void> {
    return this.inner.create(room);
  }

  exists(room: string): Promise<boolean> {
    return this.inner.exists(room);
  }

  open(room: string, events: RoomEvents): Promise<EngineRoom | null> {
    return this.inner.open(room, {
      message: (message) => {
        events.message(message);
        pass("in broadcast");
      },
      flush: () => events.flush(),
      released: (release) => events.released(release),
      compacted: (key) => events.compacted(key),
    });
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

const limits = resolveLimits(false);
const engine = new MortalEngine(new LocalEngine(new MortalStore(new SqliteStore(values.data, limits))));
const rooms = new OpenRooms(engine);
const addresses = new AddressLimits(limits);
const http = new HttpHandler(rooms, addresses, "/");
const upgrades = new UpgradeHandler(rooms, addresses, limits, "/");
const server = createServer((request, response) => void http.handle(request, response));
server.on("upgrade", (request, socket, head) => void upgrades.handle(request, socket, head));
server.once("error", (error: NodeJS.ErrnoException) => {
  console.error(error.code === "EADDRINUSE" ? "the port is in use" : error);
  process.exit(1);
});
server.listen(Number(values.port), values.host, () => {
  console.log(`http://${values.host}:${(server.address() as AddressInfo).port}/ Ctrl-C`);
});
