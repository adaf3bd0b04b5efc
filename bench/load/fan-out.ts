// One sender and many subscribers in one room. The sender writes a window of messages, waits until every
// subscriber has all of them, and writes the next window. Orders over IPC start one slice of time after the
// other.
import { Member } from "../lib/members.js";
import { clientFrame } from "../lib/raw-socket.js";
import { answerSlices } from "../lib/slices.js";
import { Windows } from "../lib/windows.js";
import { variantOf } from "../variants.js";

export interface FanOutOrder {
  readonly variant: string;
  readonly server: string;
  readonly subscribers: number;
  /** Bytes of a message. */
  readonly bytes: number;
  /** Messages that are under way at a time. */
  readonly window: number;
}

async function connect({ variant, server, subscribers, bytes, window }: FanOutOrder): Promise<Windows> {
  const { dialect } = variantOf(variant);
  const room = (await dialect.makeRoom?.(server)) ?? "room";
  const members = await Member.joinAll(dialect, server, subscribers + 1, () => room);
  const sender = members.pop() as Member;
  let n = 0;
  return new Windows({
    receivers: members,
    other: sender,
    awaited: window * subscribers,
    step: 1,
    bytes,
    prepare() {
      const frames = Array.from({ length: window }, () => {
        const { payload, binary } = dialect.message(room, n++, bytes);
        return clientFrame(payload, binary);
      });
      return [[sender, Buffer.concat(frames)]];
    },
  });
}

answerSlices(connect);
