import {
  BackgroundJobs,
  ClientSocket,
  connectionOptions,
  Heartbeat,
  LocalEngine,
  OpenRooms,
  openConnection,
  resolveLimits,
  sessionLimits,
} from "driftdb-server/internal";
import type { WebSocket } from "ws";
import type { HoldLedger } from "../monitors/hold-ledger.js";
import { sessionName } from "../monitors/session-name.js";
import { WatchedEngine } from "../monitors/watched-engine.js";
import type { Link } from "../network/link.js";
import { Crash, type Disk, DiskFull, SimDiskStore, type StorePoint } from "../network/sim-disk.js";
import type { Machine, VirtualClock } from "../network/virtual-clock.js";

/** No rates, and little room, so that some messages are refused (S4). */
const LIMITS = { ...resolveLimits(false), bytesPerKey: 6_000 };

const SESSION_LIMITS = sessionLimits(LIMITS);

/** Where in a commit's path the server may crash. */
export type CrashPoint = StorePoint | "while telling";

/** One life of the server: its real code, on a simulated machine, network and disk. */
export class SimServer {
  readonly machine: Machine;
  /** What the server found wrong with itself. */
  failed: Error | undefined;
  readonly #engine: LocalEngine;
  readonly #rooms: OpenRooms;
  readonly #heartbeat = new Heartbeat();
  readonly #links = new Set<Link>();
  /** The point to crash at, and how often it is passed before. */
  #full = false;
  #crash: { point: CrashPoint; after: number } | undefined;

  constructor(
    readonly clock: VirtualClock,
    readonly disk: Disk,
    readonly holds: HoldLedger,
    life: number,
  ) {
    this.machine = { name: `server ${life}`, alive: true };
    const store = new SimDiskStore(disk, (point) => this.#pass(point));
    this.#engine = new LocalEngine(store, {
      limits: LIMITS,
      onError: (error) => this.#complain(error),
      // A load that is under way when the machine crashes must not stand in the way of the next life.
      jobs: new BackgroundJobs(),
    });
    this.#rooms = new OpenRooms(new WatchedEngine(this.#engine, holds, this.machine));
  }

  create(room: string): void {
    void this.#engine.create(room).catch((error) => this.fail(error));
  }

  /** A client has opened a socket. */
  async accept(link: Link, url: string): Promise<void> {
    this.#links.add(link);
    link.server.once("close", () => this.#links.delete(link));
    // No exception: a machine that is gone does not go on to handle one.
    link.server.sending = () => void (this.#isDue("while telling") && this.crash());
    const room = new URL(url).pathname.split("/")[2] as string;
    const options = connectionOptions({ url } as never);
    const host = await this.#rooms.acquire(room);
    if (!this.machine.alive) return;
    if (link.server.readyState !== 1) {
      // It was closed meanwhile.
      if (host) this.#rooms.release(host);
      return;
    }
    link.down.send(0, () => link.client.opened());
    const socket = link.server as unknown as WebSocket;
    this.#heartbeat.watch(socket, link.server);
    socket.once("close", () => this.#heartbeat.unwatch(socket));
    if (host) socket.once("close", () => this.#rooms.release(host));
    const { cbor, cid, allKeys, debug } = options;
    if (host && cid) {
      this.holds.joined(cid, link);
      socket.once("close", (code: number) => this.holds.left(cid, link, code));
    }
    const session = cid === undefined ? null : { cid, name: sessionName(cid) };
    const client = new ClientSocket(socket, cbor, LIMITS);
    const connection = openConnection(client, host, { session, allKeys, debug }, SESSION_LIMITS);
    socket.once("close", (code: number) => connection?.left(code));
  }

  /** It will crash at this point. */
  crashAt(point: CrashPoint, after: number): void {
    this.#crash = { point, after };
  }

  /** The disk will refuse a commit. */
  failNext(): void {
    this.#full = true;
  }

  /** Nothing of that happens any more. */
  spare(): void {
    this.#crash = undefined;
    this.#full = false;
  }

  /** The machine is gone at once. */
  crash(): void {
    this.machine.alive = false;
    for (const link of this.#links) link.serverGone();
  }

  #pass(point: CrashPoint): void {
    if (this.#full && point === "before commit") {
      this.#full = false;
      this.holds.refused = this.clock.now;
      throw new DiskFull("the disk is full");
    }
    if (!this.#isDue(point)) return;
    this.crash();
    throw new Crash(point);
  }

  #isDue(point: CrashPoint): boolean {
    return this.#crash?.point === point && this.#crash.after-- <= 0;
  }

  /** Something of it failed that must not. */
  fail(error: Error): void {
    if (this.machine.alive) this.failed ??= error;
  }

  #complain(error: Error): void {
    if (!(error instanceof Crash || error instanceof DiskFull)) this.fail(error);
  }
}
