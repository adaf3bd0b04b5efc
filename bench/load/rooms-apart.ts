// Sessions of which each has a room to itself. Told a `RoomsOrder`, it answers nothing once all have joined; told for
// how long, it sends relays, a few rooms at a time, and answers with a `RoomsReport`.
import { driftdb } from "../dialects/driftdb.js";
import { Member } from "../lib/members.js";
import { clientFrame } from "../lib/raw-socket.js";

export interface RoomsOrder {
  readonly server: string;
  readonly rooms: number;
  readonly bytes: number;
}

export interface RoomsSlice {
  readonly time: number;
}

export interface RoomsReport {
  /** Each room has one who listens, who is also the one who sends. */
  readonly deliveries: number;
  readonly seconds: number;
}

/** How many rooms have a message on its way, where there are so many. */
const WINDOW = 64;

const dialect = driftdb({ session: true });
let members: Member[] = [];
let frame: Buffer = Buffer.alloc(0);
let missing = 0;
let complete = () => {};
let next = 0;

async function connect({ server, rooms, bytes }: RoomsOrder): Promise<void> {
  const names: string[] = [];
  while (names.length < rooms) names.push((await dialect.makeRoom?.(server)) as string);
  members = await Member.joinAll(dialect, server, rooms, (i) => names[i] as string);
  for (const member of members) {
    member.count(bytes, (deliveries) => {
      missing -= deliveries;
      if (missing === 0) complete();
    });
  }
  const { payload, binary } = dialect.message("", 0, bytes);
  frame = clientFrame(payload, binary);
}

async function slice({ time }: RoomsSlice): Promise<RoomsReport> {
  let deliveries = 0;
  const window = Math.min(WINDOW, members.length);
  const start = performance.now();
  while (performance.now() - start < time) {
    missing = window;
    const done = new Promise<void>((resolve) => {
      complete = resolve;
    });
    for (let i = 0; i < window; i++) members[next++ % members.length]?.socket.write(frame);
    await done;
    deliveries += window;
  }
  return { deliveries, seconds: (performance.now() - start) / 1_000 };
}

// Whoever has asked for it is gone.
process.once("disconnect", () => process.exit());
process.on("message", async (order: RoomsOrder | RoomsSlice) => {
  process.send?.(("rooms" in order ? await connect(order) : await slice(order)) ?? {});
});
