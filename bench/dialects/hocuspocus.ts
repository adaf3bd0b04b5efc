import { writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding";
import type { Dialect, Outgoing } from "../lib/dialect.js";
import { AUTH, behindName, EMPTY_STATE, frame, STEP_1, STEP_2, SYNC, UPDATE } from "../lib/yjs-frames.js";
import { numberInUpdate, YjsMaps } from "../lib/yjs-map.js";

const TOKEN = 0;
const maps = new YjsMaps();

const sync = (room: string, step: number, bytes: Uint8Array): Outgoing =>
  frame((to) => {
    writeVarString(to, room);
    writeVarUint(to, SYNC);
    writeVarUint(to, step);
    writeVarUint8Array(to, bytes);
  });

/**
 * The first frames of a client: a token, which the server requires although it accepts any, and the state of
 * its document. The server answers with the updates that the client lacks.
 */
export const greeting = (room: string): Outgoing[] => [
  frame((to) => {
    writeVarString(to, room);
    writeVarUint(to, AUTH);
    writeVarUint(to, TOKEN);
    writeVarString(to, "");
  }),
  sync(room, STEP_1, EMPTY_STATE),
];

/** Whether a frame is this step of the sync protocol. */
function is(payload: Buffer, step: number): boolean {
  const start = behindName(payload);
  return payload[start] === SYNC && payload[start + 1] === step;
}

/**
 * The protocol of Hocuspocus' provider. Messages are updates of a document, see `YjsMap`. The sender receives
 * them too, and the server acknowledges each one.
 */
export const hocuspocus: Dialect = {
  name: "Hocuspocus",
  url: (server) => server.replace("http", "ws"),
  join(socket, room) {
    for (const { payload, binary } of greeting(room)) socket.send(payload, binary);
    return (payload) => is(payload, STEP_2);
  },
  message: (room, n, bytes) => sync(room, UPDATE, maps.in(room).set(n, bytes)),
  isDelivery: (payload) => is(payload, UPDATE),
  numberOf: numberInUpdate,
};
