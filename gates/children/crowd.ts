// Many real clients in one process. After an order of { addresses, count }, they connect a few at a time,
// each to the next room. The process then keeps reporting how many clients are connected.
import type { DbConnection } from "driftdb";
import { newClient } from "../lib/room.js";

export interface CrowdOrder {
  /** The addresses of the rooms. */
  readonly addresses: readonly string[];
  readonly count: number;
}

/** The number of connected clients. */
export interface CrowdReport {
  readonly connected: number;
}

const AT_A_TIME = 50;
const EVERY = 50;

// The gate has ended.
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
      // Failed attempts are expected while the server is away.
      db.errorListener.addListener(() => {});
      db.subscribe("key", () => {});
      clients.push(db);
      return db.connect(addresses[clients.length % addresses.length] as string);
    });
    await Promise.all(wave);
  }
});
