import type { DbConnection, Store } from "driftdb";

/** Milliseconds from an answer to the next measurement. */
const PERIOD = 5_000;

/**
 * A store of a connection's latency in whole milliseconds; null before the first answer and without a
 * connection. It measures while it has a listener, the connection is open and the page is visible. It takes
 * one listener at a time: `perFrame` shares it between components.
 */
export function latencyStore(db: DbConnection): Store<number | null> {
  let latency: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let notify: (latency: number | null) => void;
  /** Counts measurements, so that only the newest one is shown. */
  let turn = 0;

  const show = (next: number | null) => {
    latency = next;
    notify(next);
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
    subscribe(listener) {
      notify = listener;
      listener(latency);
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
