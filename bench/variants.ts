import { bare } from "./dialects/bare.js";
import { driftdb } from "./dialects/driftdb.js";
import { hocuspocus } from "./dialects/hocuspocus.js";
import { partyserver } from "./dialects/partyserver.js";
import { socketIo } from "./dialects/socket-io.js";
import { tinybase } from "./dialects/tinybase.js";
import { yWebsocket } from "./dialects/y-websocket.js";
import type { Dialect } from "./lib/dialect.js";

/** A server as it is measured, and how the load speaks to it. */
export interface Variant {
  readonly name: string;
  /** The server's program: `server` is DriftDB's command, `server-…` are those of bench/servers. */
  readonly program: string;
  /** @param directory makes a directory for what it keeps. */
  args(directory: () => string): readonly string[];
  readonly dialect: Dialect;
  /** It is in the cases that compare how costs grow, too, and not only in those that all are in. */
  readonly grows: boolean;
}

/** DriftDB's rooms are on the disk, as they are by default, though its broadcasts are retained by nobody. */
const drift = {
  program: "server",
  args: (directory: () => string) => ["--data", directory(), "--no-limits"],
};

/** A server of bench/servers that needs to be told nothing. */
const peer = (name: string) => ({ program: `server-${name}`, args: () => [] });

/** Everything that broadcasts. To add one: a program in servers, a dialect in dialects, and a line here. */
export const variants: readonly Variant[] = [
  { name: "driftdb session", ...drift, dialect: driftdb({ session: true }), grows: true },
  { name: "driftdb plain", ...drift, dialect: driftdb({}), grows: true },
  { name: "driftdb CBOR", ...drift, dialect: driftdb({ session: true, cbor: true }), grows: false },
  { name: "bare", ...peer("bare"), dialect: bare, grows: true },
  { name: "floor", ...peer("floor"), dialect: bare, grows: true },
  { name: "floor, shared", ...peer("floor"), args: () => ["--shared"], dialect: bare, grows: true },
  { name: "Socket.IO", ...peer("socket-io"), dialect: socketIo, grows: true },
  { name: "Hocuspocus", ...peer("hocuspocus"), dialect: hocuspocus, grows: false },
  { name: "y-websocket", ...peer("y-websocket"), dialect: yWebsocket, grows: false },
  { name: "TinyBase", ...peer("tinybase"), dialect: tinybase, grows: false },
  { name: "PartyServer", ...peer("partyserver"), dialect: partyserver, grows: false },
];

/** @throws {Error} if there is none. */
export function variantOf(name: string): Variant {
  const found = variants.find((variant) => variant.name === name);
  if (!found) throw new Error(`there is no variant ${name}`);
  return found;
}
