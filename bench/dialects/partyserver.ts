import type { Dialect } from "../lib/dialect.js";
import { bare } from "./bare.js";

/** PartyServer: the room's server broadcasts each text. */
export const partyserver: Dialect = {
  ...bare,
  name: "PartyServer",
  url: (server, room) => `${server.replace("http", "ws")}parties/room/${room}`,
};
