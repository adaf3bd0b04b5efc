import { randomBytes } from "node:crypto";
import { createMergeableStore } from "tinybase/mergeable-store";
import { type Dialect, numbered, numberIn } from "../lib/dialect.js";

/** TinyBase's number for what has changed. */
const CONTENT_DIFF = 3;
/** Of the id that the server gives a client, which is its `Sec-WebSocket-Key`. */
const CLIENT_ID = 24;
const NEW_LINE = 10;
/** Where `3` stands in `<client id>\n["<id of 11 characters>",3,…]`. */
const KIND = CLIENT_ID + 16;

const store = createMergeableStore("bench");
let changes: unknown;
store.addDidFinishTransactionListener(() => {
  changes = store.getTransactionMergeableChanges();
});

/**
 * Of TinyBase's WebSocket synchronizer: what is measured are changes of a value in a store. The server has none itself; it
 * checks them and forwards them to everybody but the sender.
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
