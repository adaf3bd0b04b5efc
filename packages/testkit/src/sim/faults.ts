import type { Cast } from "./actors/cast.js";
import type { Link } from "./network/link.js";
import type { CrashPoint } from "./server/sim-server.js";
import type { Site } from "./server/site.js";
import { type SimWorld, WORLD } from "./world.js";

/** Causes random faults. */
export class Faults {
  readonly counts = { cuts: 0, crashes: 0, reloads: 0 };
  readonly #world: SimWorld;
  readonly #site: Site;
  readonly #cast: Cast;
  readonly #slow = new Set<Link>();
  #saved = false;
  #over = false;

  constructor(world: SimWorld, site: Site, cast: Cast) {
    this.#world = world;
    this.#site = site;
    this.#cast = cast;
  }

  /** Ends all faults, and cancels a crash that is planned. */
  end(): void {
    this.#over = true;
    this.#site.outage = 0;
    // A restart could repair a fault by itself, so it happens in half of the runs only.
    if (!this.#site.server.machine.alive || this.#world.random.chance(0.5)) this.#site.restart();
    this.#site.server.spare();
    for (const link of this.#slow) link.cut();
  }

  /** Causes one random fault. */
  strike(): void {
    const { random } = this.#world;
    const { server } = this.#site;
    const links = [...this.#site.links].filter(({ isOpen }) => isOpen);
    const kind = random.int(0, 21);
    if (kind < 11) {
      if (links.length > 0) this.#disturbLink(random.pick(links), kind);
    } else if (kind < 12) this.#stopNetwork(links);
    else if (this.#cast.clients.length > 0 && kind < 15) {
      if (kind < 13) this.#cast.leave();
      else {
        this.counts.reloads++;
        this.#cast.reload();
      }
    } else if (server.machine.alive) {
      if (kind < 17) server.failNext();
      else this.#crash(kind < 21);
    }
  }

  backUp(): void {
    this.#world.disk.backUp();
    this.#world.ledger.backUp();
    this.#saved = true;
  }

  /**
   * Restores the server from a backup: acknowledged messages since then are lost, and the epoch shows that
   * (S1).
   */
  loseData(): void {
    if (!this.#saved) return;
    this.#site.server.crash();
    this.#world.disk.restore("epoch 2");
    this.#world.ledger.restore();
    this.#site.restart();
  }

  #disturbLink(link: Link, kind: number): void {
    const { random } = this.#world;
    this.counts.cuts++;
    if (kind < 4) link.cut();
    else if (kind < 7) link.halfOpen(random.pick(["up", "down", "both"]));
    else if (kind < 9) link.stall(random.int(100, 15_000));
    else {
      link.slow(random.int(5, 200) / 100);
      this.#slow.add(link);
    }
  }

  /** Cuts all clients off, sometimes so long that the room is closed meanwhile. */
  #stopNetwork(links: readonly Link[]): void {
    this.#site.outage = this.#world.now() + this.#world.random.int(500, 13_000);
    for (const link of links) {
      this.counts.cuts++;
      link.cut();
    }
  }

  #crash(atPoint: boolean): void {
    const { clock, random } = this.#world;
    const { server } = this.#site;
    const points: CrashPoint[] = ["before commit", "while syncing", "after commit", "while telling"];
    if (atPoint) server.crashAt(random.pick(points), random.int(0, 6));
    else server.crash();
    this.counts.crashes++;
    clock.after(random.int(50, 3_000), () => this.#over || this.#site.restart(), WORLD);
  }
}
