// `node --expose-gc --import` loads this file before the program of any server. It answers each message over
// IPC with the memory in use, without garbage.

/** In bytes. */
export interface Meters {
  /** Reachable objects and buffers: the heap, and the memory outside that it owns. */
  readonly live: number;
  readonly rss: number;
}

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("start the server with node --expose-gc");
process.on("message", () => {
  collect();
  // `external` includes array buffers.
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ live: heapUsed + external, rss } satisfies Meters);
});
