import { writeVarUint, writeVarUint8Array } from "lib0/encoding";
import type { Dialect, Outgoing } from "../lib/dialect.js";
import { EMPTY_STATE, frame, STEP_1, STEP_2, SYNC, UPDATE } from "../lib/yjs-frames.js";
import { numberInUpdate, YjsMaps } from "../lib/yjs-map.js";

const maps = new YjsMaps();

const sync = (step: number, bytes: Uint8Array): Outgoing =>
  frame((to) => {
    writeVarUint(to, SYNC);
    writeVarUint(to, step);
    writeVarUint8Array(to, bytes);
  });

/**
 * The protocol of y-websocket. Messages are updates of a document, see `YjsMap`. The sender receives them
 * too.
 */
export const yWebsocket: Dialect = {
  name: "y-websocket",
  url: (server, room) => `${server.replace("http", "ws")}${room}`,
  join(socket) {
    const { payload, binary } = sync(STEP_1, EMPTY_STATE);
    socket.send(payload, binary);
    return (payload) => payload[0] === SYNC && payload[1] === STEP_2;
  },
  message: (room, n, bytes) => sync(UPDATE, maps.in(room).set(n, bytes)),
  isDelivery: (payload) => payload[0] === SYNC && payload[1] === UPDATE,
  numberOf: numberInUpdate,
};
