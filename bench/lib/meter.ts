import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Server } from "../../gates/lib/program.js";
import { ask } from "./ask.js";

/** An order to a server of the bench, which answers with `Metered`. */
export interface MeterOrder {
  /**
   * `begin` starts to measure how long the event loop is blocked, and `end` reports it. `weigh` collects
   * garbage before it reads the memory. `look` only reads.
   */
  readonly meter: "begin" | "end" | "weigh" | "look";
}

export interface Metered {
  /** In the answer to `end`, the longest block of the event loop since `begin`, in ms; NaN otherwise. */
  readonly longest: number;
  /** Processor time so far, in µs. */
  readonly cpu: number;
  /** Bytes of objects and buffers (after `weigh`, the reachable ones), and of the whole process. */
  readonly live: number;
  readonly rss: number;
}

/** Milliseconds between two samples of the event loop. Shorter blocks stay unseen. */
const RESOLUTION = 1;

/** Lets this server answer `MeterOrder`s. */
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
      if (!collect) throw new Error("start the server with node --expose-gc");
      collect();
    }
    const { user, system } = process.cpuUsage();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ longest, cpu: user + system, live: heapUsed + external, rss } satisfies Metered);
  });
}

/** Sends a `MeterOrder` to a server. */
export const meter = (server: Server, order: MeterOrder["meter"]): Promise<Metered> =>
  ask<Metered>(server.program, { meter: order } satisfies MeterOrder);
