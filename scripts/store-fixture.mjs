#!/usr/bin/env node
// Makes the data directories by which the tests know a version of the store's file:
//   node scripts/store-fixture.mjs [checkout]
//
// The checkout is this one, or a worktree at the commit whose servers made that version:
//   git worktree add --detach .tmp/former <commit> && node scripts/store-fixture.mjs .tmp/former
// Its server is run from the sources, and asked over the wire what it keeps, so that this script serves every
// version. Result: packages/driftdb-server/test/fixtures/v<version>/{stopped,killed,fresh} and expected.json.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { root, tool } from "./lib/project.mjs";
import { runNode } from "./lib/run.mjs";

const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");
const { WebSocket } = createRequire(join(root, "package.json"))("ws");

const checkout = resolve(process.argv[2] ?? root);
const server = join(checkout, "packages", "driftdb-server");
mkdirSync(join(root, ".tmp"), { recursive: true });
const work = mkdtempSync(join(root, ".tmp", "fixture-"));

/** Sessions came with version 2. Both cids are made up here, and no secrets. */
const CIDS = { alice: "alice_alice_alice_alice_", bob: "bob_bob_bob_bob_bob_bob_" };
const KEYS = ["", "a", "a\u0000b", "bytes", "schlüssel/🗝"];

// Beside the server's own modules, where libsql is found.
const program = join(root, "packages", "driftdb-server", "node_modules", `.fixture-${process.pid}.mjs`);
await build({
  entryPoints: [["src/cli/main.ts", "src/cli.ts"].map((path) => join(server, path)).find(existsSync)],
  outfile: program,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["libsql", "ws"],
  tsconfig: join(checkout, "tsconfig.json"),
  logLevel: "warning",
});

const children = [];

/** Starts the server on a directory. */
async function start(data) {
  const child = spawn(process.execPath, [program, "--data", data, "--port", "0", "--no-limits"]);
  children.push(child);
  let output = "";
  child.stderr.pipe(process.stderr);
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes("Ctrl-C")) break;
  }
  const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(output) ?? [];
  return {
    url,
    async end(signal) {
      child.kill(signal);
      await once(child, "exit");
    },
  };
}

/**
 * A connection: `send` takes frames, `settle` resolves with all frames, once the server has answered
 * everything.
 */
async function connect(url) {
  const socket = new WebSocket(url);
  const frames = [];
  let wake = () => {};
  socket.on("message", (data) => {
    frames.push(JSON.parse(String(data)));
    wake();
  });
  await once(socket, "open");
  return {
    send: (frame) => socket.send(frame instanceof Buffer ? frame : JSON.stringify(frame)),
    async settle() {
      socket.send('{"type":"ping","nonce":1}');
      while (!frames.some(({ type }) => type === "pong")) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
      return frames.splice(0).filter(({ type }) => type !== "pong");
    },
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

const push = (key, value, type = "append", more = {}) => ({
  type: "push",
  key,
  value,
  action: typeof type === "string" ? { type } : type,
  ...more,
});

/** A push of the key "bytes" and the value {"b": h'0001ff'}, in CBOR. */
const BYTES = Buffer.from(
  "a46474797065647075736863" +
    "6b6579656279746573" +
    "6576616c7565a1616243" +
    "0001ff" +
    "66616374696f6ea1647479706566617070656e64",
  "hex",
);

/** Fills a room, in as few turns as there are settles. */
async function fill(room, hasSessions) {
  const plain = await connect(room.socket_url);
  for (let i = 1; i <= 12; i++) plain.send(push("a", { i, text: "ä\u0001🗝" }));
  plain.send(push("", "first"));
  plain.send(push("", ["replaces", null, 1.5], "replace"));
  plain.send(push("a\u0000b", false));
  plain.send(push("schlüssel/🗝", "long ".repeat(40)));
  plain.send(BYTES);
  plain.send(push("cursor", 1, "relay"));
  const before = await plain.settle();
  const eighth = before.filter(({ type, key }) => type === "push" && key === "a")[7].seq;
  plain.send(push("a", { sum: 36 }, { type: "compact", seq: eighth }));
  await plain.settle();
  await plain.close();
  if (!hasSessions) return;
  for (const [name, cid] of Object.entries(CIDS)) {
    const session = await connect(`${room.socket_url}?v=2&cid=${cid}`);
    const [{ acked }] = await session.settle();
    for (let n = acked + 1; n <= acked + 3; n++) {
      // The second is refused, and its number is used all the same (S4).
      session.send(push("a", n === acked + 2 ? null : `${name} ${n}`, "append", { n }));
    }
    await session.settle();
    await session.close();
  }
}

/** What the server says that a room keeps. A JSON client is given the bytes of a byte string as numbers. */
async function contentOf(room, hasSessions) {
  const streams = {};
  const plain = await connect(room.socket_url);
  for (const key of KEYS) {
    plain.send({ type: "get", key });
    const [{ data }] = await plain.settle();
    if (data.length === 0) continue;
    const snapshot = (value) => typeof value === "object" && "sum" in value;
    streams[key] = data.map(({ seq, value }) => ({ seq, value, snapshot: snapshot(value) }));
  }
  await plain.close();
  if (!hasSessions) return { streams };
  const sessions = {};
  let epoch;
  for (const cid of Object.values(CIDS)) {
    const session = await connect(`${room.socket_url}?v=2&cid=${cid}`);
    const [hello] = await session.settle();
    await session.close();
    epoch = hello.epoch;
    if (hello.acked > 0) sessions[cid] = { acked: hello.acked, seqs: hello.acks.map(([, seq]) => seq) };
  }
  return { streams, sessions, epoch };
}

async function newRoom({ url }) {
  return (await fetch(`${url}new`, { method: "POST" })).json();
}

const roomAt = async ({ url }, { room }) => (await fetch(`${url}room/${room}`)).json();

/** Sends a relay, which says the newest seq. */
async function headOf(room) {
  const plain = await connect(room.socket_url);
  plain.send(push("cursor", 2, "relay"));
  const [{ seq }] = await plain.settle();
  await plain.close();
  return seq;
}

async function rooms(server, given, hasSessions) {
  const content = {};
  for (const room of given) {
    const now = await roomAt(server, room);
    content[room.room] = { head: await headOf(now), ...(await contentOf(now, hasSessions)) };
  }
  return content;
}

/** Whether servers of this checkout know sessions. */
async function knowsSessions(room) {
  const connection = await connect(`${room.socket_url}?v=2&cid=${"x".repeat(22)}`);
  const [hello] = await connection.settle();
  await connection.close();
  return hello?.type === "hello";
}

try {
  const data = join(work, "data");
  const expected = {};
  const keep = (name) => cpSync(data, join(work, "result", name), { recursive: true });

  // Stopped in good order.
  let running = await start(data);
  const given = [await newRoom(running), await newRoom(running), await newRoom(running)];
  const hasSessions = await knowsSessions(given[2]);
  await fill(given[0], hasSessions);
  await fill(given[1], false);
  expected.stopped = await rooms(running, given, hasSessions);
  await running.end("SIGINT");
  keep("stopped");

  // Started on that, and killed: the main file is of before, the newest is in the WAL, and heads are
  // reserved.
  running = await start(data);
  await fill(await roomAt(running, given[0]), hasSessions);
  given.push(await newRoom(running));
  expected.killed = await rooms(running, given, hasSessions);
  await running.end("SIGKILL");
  keep("killed");

  // Killed before the first checkpoint: all is in the WAL.
  rmSync(data, { recursive: true });
  running = await start(data);
  const only = [await newRoom(running)];
  await fill(only[0], hasSessions);
  expected.fresh = await rooms(running, only, hasSessions);
  await running.end("SIGKILL");
  keep("fresh");

  // Offset 60 of the first page is `user_version`. That of the file that was stopped has it.
  const version = readFileSync(join(work, "result", "stopped", "driftdb.sqlite")).readUInt32BE(60);
  const target = join(root, "packages", "driftdb-server", "test", "fixtures", `v${version}`);
  rmSync(target, { recursive: true, force: true });
  cpSync(join(work, "result"), target, { recursive: true });
  writeFileSync(join(target, "expected.json"), JSON.stringify(expected));
  await runNode(tool("@biomejs/biome", "biome"), ["format", "--write", join(target, "expected.json")]);
  console.log(`version ${version}: ${target}`);
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(work, { recursive: true, force: true });
  rmSync(program, { force: true });
}
