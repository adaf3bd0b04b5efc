// gates/children/bare-server.ts
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";

// packages/driftdb-server/src/engines/pack-seqs.ts
function packSeqs(seqs) {
  let before = 0;
  return seqs
    .map((seq2) => {
      const difference = seq2 - before;
      before = seq2;
      return difference.toString(36);
    })
    .join(" ");
}

// gates/children/bare-server.ts
var { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    sessions: { type: "boolean", default: false },
  },
});
var Database = createRequire(import.meta.url)("libsql");
var db = new Database(join(values.data, "bare.sqlite"));
db.exec("PRAGMA locking_mode = EXCLUSIVE");
db.exec("PRAGMA journal_mode = WAL");
db.exec("PRAGMA synchronous = FULL");
db.exec(`
  CREATE TABLE messages (
    room INTEGER NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL, snapshot INTEGER NOT NULL, value ANY NOT NULL,
    UNIQUE (room, key, seq)
  ) STRICT;
  CREATE TABLE sessions (
    room INTEGER NOT NULL, cid TEXT NOT NULL, acked INTEGER NOT NULL, seqs TEXT NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (room, cid)
  ) STRICT, WITHOUT ROWID;
`);
var insert = db.prepare("INSERT INTO messages (room, key, seq, snapshot, value) VALUES (?, ?, ?, ?, ?)");
var remember = db.prepare(
  "INSERT OR REPLACE INTO sessions (room, cid, acked, seqs, used) VALUES (?, ?, ?, ?, ?)",
);
var SEQS = 256;
var seq = 0;
var queue = [];
function flush() {
  const turn = queue;
  queue = [];
  const peers = /* @__PURE__ */ new Set();
  const echoes = [];
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
    peer.socket.send(echoes[i]);
  });
}
var http = createServer();
var sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on("connection", (socket, { url = "" }) => {
  const peer = {
    socket,
    cid: new URL(url, "http://bare").searchParams.get("cid") ?? "",
    acked: 0,
    seqs: [],
  };
  socket.on("message", (data) => {
    if (queue.push({ peer, push: JSON.parse(data.toString()) }) === 1) setImmediate(flush);
  });
});
http.listen(Number(values.port), values.host, () => {
  console.log(`http://${values.host}:${http.address().port}/ Ctrl-C`);
});
