import { randomBytes } from "node:crypto";
import { cbor } from "driftdb-protocol/cbor";
import { newRoom, socketUrl } from "../../gates/lib/room.js";
import { type Dialect, numbered, numberIn } from "../lib/dialect.js";

const KEY = "key";

/**
 * DriftDB: relays of one key, which nothing retains; on plain connections, or in sessions that listen to the
 * key.
 */
export function driftdb({ session = false, cbor: useCbor = false }): Dialect {
  const encode = (message: object): [payload: Buffer, binary: boolean] =>
    useCbor
      ? [Buffer.from(cbor.encode(message) as Uint8Array), true]
      : [Buffer.from(JSON.stringify(message)), false];
  // CBOR encodes these texts with the same bytes, and lengths in place of quotes.
  const isPush = (payload: Buffer) => payload.toString("latin1", 0, 20).includes("push");
  return {
    name: `driftdb ${session ? "session" : "plain"}${useCbor ? " CBOR" : ""}`,
    makeRoom: newRoom,
    url(server, room) {
      const query = [
        ...(session ? ["v=2", `cid=${randomBytes(16).toString("base64url")}`] : []),
        ...(useCbor ? ["cbor=true"] : []),
      ];
      return `${socketUrl(server, room)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
    },
    join(socket) {
      // Plain clients ask too: the answer shows that the server counts them among its members.
      socket.send(...encode({ type: "get", key: KEY, seq: 0 }));
      return (payload) => payload.toString("latin1", 0, 20).includes("init");
    },
    message(_room, n, bytes) {
      const value = numbered(n, bytes);
      const [payload, binary] = encode({ type: "push", key: KEY, value, action: { type: "relay" } });
      return { payload, binary };
    },
    isDelivery: isPush,
    numberOf: numberIn,
  };
}
