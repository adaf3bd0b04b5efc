import { monitorEventLoopDelay } from "node:perf_hooks";

/** What a server of the bench is told; it answers with `Metered`. */
export interface MeterOrder {
  /** Begins to look how long the event loop is blocked, or ends that. */
  readonly meter: "begin" | "end";
}

export interface Metered {
  /** The longest time since `begin` in which the event loop did nothing else, in ms; NaN while nobody looks. */
  readonly longest: number;
  /** What is reachable after a collection, in bytes, where Node was told `--expose-gc`; and all that the process has. */
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
      collect?.();
      delay.reset();
      delay.enable();
    } else if (meter === "end") {
      delay.disable();
    }
    const longest = meter === "end" ? Math.max(0, delay.max / 1e6 - RESOLUTION) : Number.NaN;
    if (meter === "end") collect?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ longest, live: heapUsed + external, rss } satisfies Metered);
  });
}
