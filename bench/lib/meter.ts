import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Server } from "../../gates/lib/program.js";
import { ask } from "./ask.js";

/** What a server of the bench is told; it answers with `Metered`. */
export interface MeterOrder {
  /**
   * `begin` looks from now on how long the event loop is blocked, which `end` tells; `weigh` collects what is not
   * reachable first; `look` does nothing else.
   */
  readonly meter: "begin" | "end" | "weigh" | "look";
}

export interface Metered {
  /** The longest time since `begin` in which the event loop did nothing else, in ms; NaN while nobody looks. */
  readonly longest: number;
  /** Processor time that was used so far, in µs. */
  readonly cpu: number;
  /** Objects and buffers, in bytes: to `weigh`, those that are reachable; and all that the process has. */
  readonly live: number;
  readonly rss: number;
}

/** How often it is looked whether the event loop turns, in ms: that much is not seen. */
const RESOLUTION = 1;

/** Has this server answer `MeterOrder`s. */
export function answerMeter(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  const collect = (globalThis as { gc?: () => void }).gc;
  process.on("message", ({ meter }: MeterOrder) => {
    if (meter === "begin") {
      delay.reset();
      delay.enable();
    } else if (meter === "end") delay.disable();
    const longest = meter === "end" ? Math.max(0, delay.max / 1e6 - RESOLUTION) : Number.NaN;
    if (meter === "weigh") {
      if (!collect) throw new Error("run it with --expose-gc");
      collect();
    }
    const { user, system } = process.cpuUsage();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ longest, cpu: user + system, live: heapUsed + external, rss } satisfies Metered);
  });
}

/** Asks a server that answers `MeterOrder`s. */
export const meter = (server: Server, order: MeterOrder["meter"]): Promise<Metered> =>
  ask<Metered>(server.program, { meter: order } satisfies MeterOrder);
