import type { Dialect } from "../lib/dialect.js";
import { bare } from "./bare.js";

/** Of PartyServer: texts, of which the room's server makes a broadcast. */
export const partyserver: Dialect = {
  ...bare,
  name: "PartyServer",
  url: (server, room) => `${server.replace("http", "ws")}parties/room/${room}`,
};
