import type { DbConnection } from "driftdb";

/** From an answer to the next question, in milliseconds. */
const PERIOD = 5_000;

/** Measures a connection while somebody looks, it is connected and the page is visible. One may look at a time. */
export function latencyStore(db: DbConnection) {
  let latency: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tell: () => void;
  /** Which measuring counts: the newest one. */
  let turn = 0;

  const show = (next: number | null) => {
    if (next === latency) return;
    latency = next;
    tell();
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
      tell = onChange;
      const unwatch = db.statusListener.addListener(measure);
      document.addEventListener("visibilitychange", measure);
      void measure();
      return () => {
        unwatch();
        document.removeEventListener("visibilitychange", measure);
        clearTimeout(timer);
        turn++;
        latency = null;
      };
    },
  };
}
