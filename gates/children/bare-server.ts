// A server without rules, for comparison. It takes JSON from WebSockets, writes it to SQLite as durably as
// DriftDB does, in one transaction per turn of the event loop, and then sends it back to the sender with a
// number.
//
// --sessions: the same transaction also writes the row of each sender's session.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packSeqs } from "driftdb-server/internal";
import { type WebSocket, WebSocketServer } from "ws";
import type Libsql from "../../packages/driftdb-server/node_modules/libsql/types/index.js";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    sessions: { type: "boolean", default: false },
  },
});

const Database = createRequire(import.meta.url)("libsql") as typeof Libsql;
const db = new Database(join(values.data, "bare.sqlite"));
db.exec("PRAGMA locking_mode = EXCLUSIVE");
db.exec("PRAGMA journal_mode = WAL");
db.exec("PRAGMA synchronous = FULL");
db.exec(`
  CREATE TABLE messages (
    room INTEGER NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL, snapshot INTEGER NOT NULL,
    value ANY NOT NULL,
    UNIQUE (room, key, seq)
  ) STRICT;
  CREATE TABLE sessions (
    room INTEGER NOT NULL, cid TEXT NOT NULL, acked INTEGER NOT NULL, seqs TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (room, cid)
  ) STRICT, WITHOUT ROWID;
`);
const insert = db.prepare("INSERT INTO messages (room, key, seq, snapshot, value) VALUES (?, ?, ?, ?, ?)");
const remember = db.prepare(
  "INSERT OR REPLACE INTO sessions (room, cid, acked, seqs, used) VALUES (?, ?, ?, ?, ?)",
);

/** The number of seqs that DriftDB keeps of a session. */
const SEQS = 256;

interface Peer {
  readonly socket: WebSocket;
  readonly cid: string;
  acked: number;
  readonly seqs: number[];
}

interface Push {
  readonly key: string;
  readonly value: unknown;
}

let seq = 0;
let queue: { peer: Peer; push: Push }[] = [];

function flush(): void {
  const turn = queue;
  queue = [];
  const peers = new Set<Peer>();
  const echoes: string[] = [];
  db.exec("BEGIN IMMEDIATE");
  for (const { peer, push } of turn) {
    const value = JSON.stringify(push.value);
    insert.run([1, Buffer.from(push.key), ++seq, 0, value]);
    echoes.push(`{"type":"push","key":${JSON.stringify(push.key)},"value":${value},"seq":${seq}}`);
    if (!values.sessions) continue;
    peer.acked++;
    if (peer.seqs.push(seq) > SEQS) peer.seqs.shift();
    peers.add(peer);
  }
  for (const { cid, acked, seqs } of peers) remember.run([1, cid, acked, packSeqs(seqs), seq]);
  db.exec("COMMIT");
  turn.forEach(({ peer }, i) => {
    peer.socket.send(echoes[i] as string);
  });
}

const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on("connection", (socket, { url = "" }) => {
  const peer: Peer = {
    socket,
    cid: new URL(url, "http://bare").searchParams.get("cid") ?? "",
    acked: 0,
    seqs: [],
  };
  socket.on("message", (data) => {
    if (queue.push({ peer, push: JSON.parse(data.toString()) as Push }) === 1) setImmediate(flush);
  });
});
http.listen(Number(values.port), values.host, () => {
  console.log(`http://${values.host}:${(http.address() as AddressInfo).port}/ Ctrl-C`);
});
