import { Program, Server } from "../../gates/lib/program.js";
import { allCursors } from "../cursors.js";
import { type Bench, inRounds, type Scenario } from "../lib/bench.js";
import type { Cursors } from "../lib/cursor.js";
import type { Seen } from "../lib/cursor-room.js";
import type { JoinOrder, MoveOrder } from "../load/cursors.js";

const CLIENTS = 20;
const PER_SECOND = 60;
const SECONDS = 5;
const QUICK_SECONDS = 1;

const CASE = `${CLIENTS} clients, ${PER_SECOND} positions a second each`;
const BYTES = "on the wire per delivery";

async function start(bench: Bench, cursors: Cursors): Promise<[server: Program, load: Program]> {
  const server = await Server.start(
    cursors.args(() => bench.directory()),
    { name: cursors.program },
  );
  const load = new Program("load-cursors");
  bench.undo(() => Promise.all([load.kill(), server.program.kill()]));
  const joined = load.next();
  load.tell({ join: cursors.name, server: server.url, clients: CLIENTS } satisfies JoinOrder);
  await joined;
  return [server.program, load];
}

const scenario: Scenario = {
  name: "cursors",
  title: "Cursors: everybody sees everybody's pointer",
  async run(bench) {
    const programs = new Map<Cursors, [server: Program, load: Program]>();
    for (const cursors of allCursors) programs.set(cursors, await start(bench, cursors));
    const moves = PER_SECOND * (bench.quick ? QUICK_SECONDS : SECONDS);
    await inRounds(bench, allCursors, async (cursors, note) => {
      const [server, load] = programs.get(cursors) as [Program, Program];
      bench.say(cursors.name);
      const before = server.cpu;
      const answer = load.next();
      load.tell({ moves, perSecond: PER_SECOND } satisfies MoveOrder);
      const { delivered, due, bytes, frames, p50, p99, busy } = (await answer) as Seen;
      const cpu = server.cpu - before;
      const at = (metric: string, unit: string) => ({ case: CASE, variant: cursors.name, metric, unit });
      note(at(BYTES, "B"), bytes / delivered);
      note(at("frames per delivery", ""), frames / delivered);
      note(at("server CPU per delivery", "µs"), (cpu * 1e6) / delivered);
      note(at("p50", "ms"), p50);
      note(at("p99", "ms"), p99);
      note(at("delivered", "%"), (delivered / due) * 100);
      note(at("load busy", "%"), busy * 100);
    });
    for (const peer of ["Hocuspocus", "Socket.IO"]) {
      bench.bar({
        text: `driftdb: bytes on the wire per delivered position, of ${peer}'s`,
        target: 1,
        better: "less",
        value: (of) => of(CASE, "driftdb", BYTES) / of(CASE, peer, BYTES),
      });
    }
  },
};
export default scenario;
