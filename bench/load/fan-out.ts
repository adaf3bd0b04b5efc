// One who sends, and many who listen, of one room. The sender writes a window of messages at once, waits until every
// subscriber has all of them, and writes the next: told over IPC, for a slice of time after the other.
import { Member } from "../lib/members.js";
import { Windows } from "../lib/windows.js";
import { variantOf } from "../variants.js";

export interface FanOutOrder {
  readonly variant: string;
  readonly server: string;
  readonly subscribers: number;
  /** Of a message. */
  readonly bytes: number;
  /** Messages that are on their way at once. */
  readonly window: number;
}

export interface SliceOrder {
  /** How long it takes, in ms. */
  readonly time: number;
  /** Whether number and order of every delivery are looked at, which takes the load longer than the server. */
  readonly checks: boolean;
}

export interface SliceReport {
  /** The sender's own included, where it is sent them. */
  readonly deliveries: number;
  /** Deliveries to subscribers that did not come, came out of order, or came more than once. */
  readonly lost: number;
  readonly seconds: number;
  /** What all of them were sent, with frame headers. */
  readonly bytes: number;
  /** From a window's write until the last subscriber has it, in ms. */
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the load has used. */
  readonly busy: number;
}

async function connect({ variant, server, subscribers, bytes, window }: FanOutOrder): Promise<Windows> {
  const { dialect } = variantOf(variant);
  const room = (await dialect.makeRoom?.(server)) ?? "room";
  const members = await Member.joinAll(dialect, server, subscribers + 1, () => room);
  const sender = members.pop() as Member;
  return new Windows(sender, members, window, bytes, (n) => dialect.message(room, n, bytes));
}

let windows: Windows | undefined;
// Whoever has asked for it is gone.
process.once("disconnect", () => process.exit());
process.on("message", async (order: FanOutOrder | SliceOrder) => {
  if ("variant" in order) {
    windows = await connect(order);
    process.send?.({});
  } else process.send?.((await windows?.slice(order)) as SliceReport);
});
