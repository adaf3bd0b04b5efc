import { type Dialect, numbered, numberIn } from "../lib/dialect.js";

/** A message is a text, and so is a delivery. The path names the room, for servers that look at it. */
export const bare: Dialect = {
  name: "bare",
  url: (server, room) => `${server.replace("http", "ws")}${room}`,
  join: () => undefined,
  message: (_room, n, bytes) => ({ payload: Buffer.from(numbered(n, bytes)), binary: false }),
  isDelivery: () => true,
  numberOf: numberIn,
};
