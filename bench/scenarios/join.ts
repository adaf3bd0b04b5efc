import { median } from "../../gates/lib/gate.js";
import { Program, Server } from "../../gates/lib/program.js";
import { newRoom, socketUrl } from "../../gates/lib/room.js";
import { ask } from "../lib/ask.js";
import { type Bench, inRounds, type Scenario } from "../lib/bench.js";
import { meter } from "../lib/meter.js";
import type { FillOrder, JoinOrder, JoinReport } from "../load/join.js";

const BYTES = 100;
const KEY = "key";
const CASES = [
  { messages: 10_000, times: 10 },
  { messages: 100_000, times: 5 },
] as const;
const nameOf = (messages: number) => `${messages.toLocaleString("en")} messages of ${BYTES} B`;
const BARE = "bare ws, as many bytes";
const SESSION = "DriftDB session";

/** A server, and the order for its client. */
interface Joined {
  readonly name: string;
  readonly server: Server;
  readonly order: JoinOrder;
}

export default {
  name: "join",
  title: "Join: a room that retains many messages",
  async run(bench) {
    const load = new Program("load-join", [], { node: ["--expose-gc"] });
    bench.undo(() => load.kill());
    for (const { messages, times } of bench.quick ? CASES.slice(0, 1) : CASES) {
      const case_ = nameOf(messages);
      bench.say(case_);
      const [variants, cold] = await start(bench, load, messages);
      await inRounds(bench, [...variants, cold], async (variant, note) => {
        const restarted = variant === cold ? await Server.start(cold.args, { name: "server-driftdb" }) : null;
        const { server, order } = restarted
          ? { server: restarted, order: cold.at(restarted) }
          : (variant as Joined);
        const took: number[] = [];
        const blocks: number[] = [];
        let size = 0;
        for (let i = 0; i < (restarted ? 1 : times); i++) {
          await meter(server, "begin");
          const report = await ask<JoinReport>(load, order);
          blocks.push((await meter(server, "end")).longest);
          took.push(report.took);
          size = report.bytes;
        }
        const at = { case: case_, variant: variant.name };
        note({ ...at, metric: "joined after", unit: "ms" }, median(took));
        note({ ...at, metric: "longest block of the server", unit: "ms" }, median(blocks));
        note({ ...at, metric: "bytes", unit: "MB" }, size / 1e6);
        await restarted?.program.kill();
      });
      for (const { server } of variants) await server.program.kill();
    }
    if (bench.quick) return;
    const most = nameOf(CASES[1].messages);
    bench.bar({
      text: `join with ${most}, beside bare ws`,
      target: 1.5,
      better: "less",
      value: (of) => of(most, SESSION, "joined after") / of(most, BARE, "joined after"),
    });
    bench.bar({
      text: `longest block of the server in a join with ${most}, in ms`,
      target: 10,
      better: "less",
      value: (of) => of(most, SESSION, "longest block of the server"),
    });
  },
} satisfies Scenario;

/** @returns the running servers, and the one that is restarted for each join. */
async function start(bench: Bench, load: Program, messages: number) {
  const startServer = async (name: string, args: readonly string[] = []) => {
    const server = await Server.start(args, { name });
    bench.undo(() => server.program.kill());
    return server;
  };
  const fillRoom = async (server: Server) => {
    const room = await newRoom(server.url);
    const address = socketUrl(server.url, room);
    await ask(load, { address, fill: messages, keys: 1, key: KEY, bytes: BYTES } satisfies FillOrder);
    return room;
  };
  const shared = { key: `${KEY} 0`, messages, bytes: BYTES };

  const args = ["--data", bench.directory()];
  const first = await startServer("server-driftdb", args);
  const coldRoom = await fillRoom(first);
  await first.program.kill();
  const cold = {
    name: "DriftDB session, first after a restart",
    args,
    at: ({ url }: Server) => ({ address: socketUrl(url, coldRoom), speaks: "session", ...shared }) as const,
  };

  const driftdb = await startServer("server-driftdb", ["--data", bench.directory()]);
  const address = socketUrl(driftdb.url, await fillRoom(driftdb));
  const session = { address, speaks: "session", ...shared } as const;
  // The bare server sends as many bytes as this join.
  const { bytes } = await ask<JoinReport>(load, session);
  const bare = await startServer("server-join-bare");
  const socketIo = await startServer("server-join-socket-io");
  const at = (server: Server, path = "") => `${server.url.replace("http", "ws")}${path}`;
  const variants: Joined[] = [
    { name: SESSION, server: driftdb, order: session },
    { name: "DriftDB plain", server: driftdb, order: { ...session, speaks: "plain" } },
    { name: BARE, server: bare, order: { address: at(bare), speaks: "bare", ...shared, bytes } },
    {
      name: "Socket.IO, an array",
      server: socketIo,
      order: {
        address: at(socketIo, "socket.io/?EIO=4&transport=websocket"),
        speaks: "Socket.IO",
        ...shared,
      },
    },
  ];
  return [variants, cold] as const;
}
