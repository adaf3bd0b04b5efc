// Many real clients in one process. Given { url, rooms, count }, they connect, a few at a time, each to the next of the
// rooms; from then on it is reported how many of them are connected and have the history of their key.
import type { DbConnection } from "driftdb";
import { newClient } from "../lib/room.js";

export interface CrowdOrder {
  /** The addresses of the rooms. */
  readonly addresses: readonly string[];
  readonly count: number;
}

/** How many of the clients are connected. */
export interface CrowdReport {
  readonly connected: number;
}

const AT_A_TIME = 50;
const EVERY = 50;

// Whoever has asked for it is gone.
process.once("disconnect", () => process.exit());
process.once("message", async (order) => {
  const { addresses, count } = order as CrowdOrder;
  const clients: DbConnection[] = [];
  setInterval(() => {
    const connected = clients.filter(({ status }) => status.connected).length;
    process.send?.({ connected } satisfies CrowdReport);
  }, EVERY);
  while (clients.length < count) {
    const wave = Array.from({ length: Math.min(AT_A_TIME, count - clients.length) }, () => {
      const db = newClient();
      // Reported once they are all there; while the server is gone, each one has nothing new to say.
      db.errorListener.addListener(() => {});
      db.subscribe("key", () => {});
      clients.push(db);
      return db.connect(addresses[clients.length % addresses.length] as string);
    });
    await Promise.all(wave);
  }
});
