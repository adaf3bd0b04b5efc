import { type Dialect, numbered, numberIn } from "../lib/dialect.js";

/** A text is a message, and what comes is a text; the room is in the path, for servers that look at it. */
export const bare: Dialect = {
  name: "bare",
  url: (server, room) => `${server.replace("http", "ws")}${room}`,
  join: () => undefined,
  message: (_room, n, bytes) => ({ payload: Buffer.from(numbered(n, bytes)), binary: false }),
  isDelivery: () => true,
  numberOf: numberIn,
};
