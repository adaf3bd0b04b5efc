// Many rooms of a few clients. In each room of a window one client sends a message. When all clients of those
// rooms have it, the next rooms follow.
import { Member } from "../lib/members.js";
import { clientFrame } from "../lib/raw-socket.js";
import { answerSlices } from "../lib/slices.js";
import { Windows } from "../lib/windows.js";
import { variantOf } from "../variants.js";

export interface RoomsOrder {
  readonly variant: string;
  readonly server: string;
  readonly rooms: number;
  /** Clients in each room. The first one sends. */
  readonly clients: number;
  /** Bytes of a message. */
  readonly bytes: number;
  /** Rooms in which a message is under way at a time. */
  readonly window: number;
}

async function connect({ variant, server, rooms, clients, bytes, window }: RoomsOrder): Promise<Windows> {
  const { dialect } = variantOf(variant);
  const names = await Promise.all(
    Array.from({ length: rooms }, (_, i) => dialect.makeRoom?.(server) ?? `room-${i}`),
  );
  const room = (i: number) => names[Math.floor(i / clients)] as string;
  const members = await Member.joinAll(dialect, server, rooms * clients, room);
  let n = 0;
  return new Windows({
    receivers: members,
    awaited: window * clients,
    step: rooms,
    bytes,
    prepare: () =>
      Array.from({ length: window }, () => {
        const first = (n % rooms) * clients;
        const { payload, binary } = dialect.message(room(first), n++, bytes);
        return [members[first] as Member, clientFrame(payload, binary)] as const;
      }),
  });
}

answerSlices(connect);
