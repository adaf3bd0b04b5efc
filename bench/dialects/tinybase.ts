import { randomBytes } from "node:crypto";
import { createMergeableStore } from "tinybase/mergeable-store";
import { type Dialect, numbered, numberIn } from "../lib/dialect.js";

/** TinyBase's message type for changes. */
const CONTENT_DIFF = 3;
/** Length of a client's id at the server, which is its `Sec-WebSocket-Key`. */
const CLIENT_ID = 24;
const NEW_LINE = 10;
/** The place of `3` in `<client id>\n["<id of 11 characters>",3,…]`. */
const KIND = CLIENT_ID + 16;

const store = createMergeableStore("bench");
let changes: unknown;
store.addDidFinishTransactionListener(() => {
  changes = store.getTransactionMergeableChanges();
});

/**
 * The protocol of TinyBase's WebSocket synchronizer. Messages are changes of a value in a store. The server
 * has no store; it checks changes and forwards them to everybody except the sender.
 */
export const tinybase: Dialect = {
  name: "TinyBase",
  url: (server, room) => `${server.replace("http", "ws")}${room}`,
  join: () => undefined,
  message(_room, n, bytes) {
    store.setValue("value", numbered(n, bytes));
    const id = randomBytes(8).toString("base64url");
    return { payload: Buffer.from(`\n${JSON.stringify([id, CONTENT_DIFF, changes])}`), binary: false };
  },
  isDelivery: (payload) => payload[CLIENT_ID] === NEW_LINE && payload[KIND] === 48 + CONTENT_DIFF,
  numberOf: numberIn,
};
