// Many sockets in one process, every second one a session, that read and send nothing. After an order of {
// addresses, count }, they connect a few at a time. The process then keeps reporting how many are open, and
// the close codes of the others.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";

export interface SocketsOrder {
  /** The addresses of the rooms. */
  readonly addresses: readonly string[];
  readonly count: number;
}

export interface SocketsReport {
  readonly open: number;
  /** The number of closed sockets by close code. */
  readonly closed: Readonly<Record<number, number>>;
}

const AT_A_TIME = 50;
const EVERY = 50;

// The gate has ended.
process.once("disconnect", () => process.exit());
process.once("message", async (order) => {
  const { addresses, count } = order as SocketsOrder;
  let open = 0;
  const closed: Record<number, number> = {};
  setInterval(() => process.send?.({ open, closed } satisfies SocketsReport), EVERY);
  for (let made = 0; made < count; ) {
    const wave: Promise<unknown>[] = [];
    while (wave.length < AT_A_TIME && made < count) {
      const address = addresses[made % addresses.length] as string;
      // Every room has as many sessions as plain connections.
      const session = Math.floor(made / addresses.length) % 2 === 0;
      const cid = randomBytes(16).toString("base64url");
      const socket = new WebSocket(session ? `${address}?v=2&cid=${cid}` : address, {
        perMessageDeflate: false,
      });
      made++;
      socket.on("error", () => {});
      socket.once("close", (code) => {
        open--;
        closed[code] = (closed[code] ?? 0) + 1;
      });
      wave.push(once(socket, "open"));
    }
    await Promise.all(wave);
    open += wave.length;
  }
});
