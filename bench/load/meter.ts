// Imported into a server of any kind before its own program, with --expose-gc: answers each message over IPC with the
// memory that is in use, garbage not counted.

/** In bytes. */
export interface Meters {
  /** Objects and buffers that are reachable: the heap, and what it holds outside of it. */
  readonly live: number;
  readonly rss: number;
}

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("run it with --expose-gc");
process.on("message", () => {
  collect();
  // `external` has the array buffers among it.
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ live: heapUsed + external, rss } satisfies Meters);
});
