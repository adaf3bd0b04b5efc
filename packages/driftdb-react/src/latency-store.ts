import type { DbConnection } from "driftdb";

/** From an answer to the next question, in milliseconds. */
const PERIOD = 5_000;

/** Measures a connection while somebody looks, it is connected and the page is visible. */
export function latencyStore(db: DbConnection) {
  const listeners = new Set<() => void>();
  let latency: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unwatch = () => {};
  /** Which measuring counts: the newest one. */
  let turn = 0;

  const show = (next: number | null) => {
    if (next === latency) return;
    latency = next;
    for (const listener of listeners) listener();
  };

  const measure = async () => {
    const mine = ++turn;
    clearTimeout(timer);
    if (!db.status.connected) show(null);
    else if (!document.hidden) {
      const ms = await db.testLatency();
      if (mine !== turn) return;
      show(ms && Math.round(ms));
      timer = setTimeout(measure, PERIOD);
    }
  };

  return {
    getSnapshot: () => latency,
    subscribe(onChange: () => void) {
      if (!listeners.size) {
        unwatch = db.statusListener.addListener(measure);
        document.addEventListener("visibilitychange", measure);
        void measure();
      }
      listeners.add(onChange);
      return () => {
        listeners.delete(onChange);
        if (listeners.size) return;
        unwatch();
        document.removeEventListener("visibilitychange", measure);
        clearTimeout(timer);
        turn++;
        latency = null;
      };
    },
  };
}
