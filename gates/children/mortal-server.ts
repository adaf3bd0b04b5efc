// The server's own parts, assembled like createServer does, around a store and an engine that kill the
// process at a named point of the commit path. The published package contains nothing of this file.
//
// --data DIR --port N --host H --point NAME --at N: dies when it passes the point for the Nth time.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import {
  AddressLimits,
  type Commit,
  type Engine,
  type EngineRoom,
  type Host,
  HttpHandler,
  LocalEngine,
  OpenRooms,
  type Payload,
  type RoomStore,
  RowWriter,
  resolveLimits,
  SqliteStore,
  UpgradeHandler,
} from "driftdb-server/internal";

/** A point at which the process can end. */
export type Point =
  /** The batch is applied in memory, and nothing is written. */
  | "before commit"
  /** Inside the transaction, after some of its rows. */
  | "in commit"
  /** The batch is on disk, and nothing has been sent. */
  | "after commit"
  /** Some broadcasts and answers of a turn have been sent, and others have not. */
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

/** Whether this is the chosen point, and it is passed for the chosen time. */
function isOver(point: Point): boolean {
  return point === values.point && --left <= 0;
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

function pass(point: Point): void {
  if (isOver(point)) die();
}

class MortalStore implements RoomStore {
  constructor(readonly inner: RoomStore) {}

  exists(room: string): boolean {
    return this.inner.exists(room);
  }

  load(room: string) {
    return this.inner.load(room);
  }

  commit(commits: readonly Commit<Payload>[]): void {
    const counts = commits.some(({ number }) => number !== undefined);
    if (counts) pass("before commit");
    this.inner.commit(commits);
    if (counts) pass("after commit");
  }

  release(room: string, head: number): void {
    this.inner.release(room, head);
  }

  close(): void {
    this.inner.close();
  }
}

// The rows of one table are written, and those of the next are not.
const { write } = RowWriter.prototype;
RowWriter.prototype.write = function (rows) {
  write.call(this, rows);
  if (rows.length > 0) pass("in commit");
};

class MortalEngine implements Engine {
  constructor(readonly inner: Engine) {}

  create(room: string): Promise<void> {
    return this.inner.create(room);
  }

  exists(room: string): Promise<boolean> {
    return this.inner.exists(room);
  }

  open(room: string, host: Host): Promise<EngineRoom | null> {
    return this.inner.open(room, {
      deliver(outputs) {
        if (outputs.length < 2 || !isOver("in broadcast")) {
          host.deliver(outputs);
          return;
        }
        // Sockets are written to when this turn of the event loop ends: the process ends in the next one.
        host.deliver(outputs.slice(0, Math.ceil(outputs.length / 2)));
        setImmediate(die);
      },
    });
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

const limits = resolveLimits(false);
const engine = new MortalEngine(new LocalEngine(new MortalStore(new SqliteStore(values.data)), { limits }));
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
