import { bare } from "./dialects/bare.js";
import { driftdb } from "./dialects/driftdb.js";
import { hocuspocus } from "./dialects/hocuspocus.js";
import { partyserver } from "./dialects/partyserver.js";
import { socketIo } from "./dialects/socket-io.js";
import { tinybase } from "./dialects/tinybase.js";
import { yWebsocket } from "./dialects/y-websocket.js";
import type { Dialect } from "./lib/dialect.js";

/** A server that is measured, and the way in which the load speaks to it. */
export interface Variant {
  readonly name: string;
  /** The server's program: `server` is DriftDB's command, `server-…` are those of bench/servers. */
  readonly program: string;
  /** @param directory makes a directory for the data of the server. */
  args(directory: () => string): readonly string[];
  readonly dialect: Dialect;
  /** Whether the cases that show how costs grow have it too. */
  readonly grows: boolean;
}

/** DriftDB's rooms are on disk, which is the default, although nothing retains the broadcasts. */
const drift = {
  program: "server",
  args: (directory: () => string) => ["--data", directory(), "--no-limits"],
};

/** A server of bench/servers that needs no arguments. */
const peer = (name: string) => ({ program: `server-${name}`, args: () => [] });

/** Every server that broadcasts. To add one: a program in servers, a dialect in dialects, and a line here. */
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

/** DriftDB as an older checkout has it: `npm run bench -- --before DIR`. */
const before: Variant = {
  ...drift,
  name: "driftdb before",
  program: "server-before",
  dialect: driftdb({ session: true }),
  grows: true,
};

/** Whether the run also measures an older checkout. */
export const comparesBefore = process.env.DRIFTDB_BENCH_BEFORE !== undefined;

/** The variants of a scenario. With an older checkout, only those that compare the two checkouts. */
export function compared(all: readonly Variant[]): readonly Variant[] {
  if (!comparesBefore) return all;
  return [before, ...all.filter(({ name }) => ["driftdb session", "bare", "floor"].includes(name))];
}

/** @throws {Error} when no variant has this name. */
export function variantOf(name: string): Variant {
  const found = [before, ...variants].find((variant) => variant.name === name);
  if (!found) throw new Error(`there is no variant named ${name}`);
  return found;
}
