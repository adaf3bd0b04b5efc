import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "driftdb-testkit";
import { afterAll, expect, test } from "vitest";
import WebSocket from "ws";

/** The number of kills. A release runs `KILLS=500`. */
const KILLS = Number(process.env.KILLS ?? 25);
const SENDERS = 8;

interface Push {
  key: string;
  value: string;
  seq: number;
}

const directory = mkdtempSync(join(tmpdir(), "driftdb-kill-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test(`M5, M1 loses no answered message and uses no seq twice after ${KILLS} times kill -9`, async () => {
  let server = await ServerProcess.start(["--data", directory, "--no-limits"]);
  const { room } = (await (await fetch(`${server.url}new`, { method: "POST" })).json()) as { room: string };
  /** The value of each seq, over all lives of the server. */
  const valueBySeq = new Map<number, string>();
  let answered = 0;
  let relays = 0;

  for (let life = 0; life < KILLS; life++) {
    const watcher = await watch(server, room);
    const load = startLoad(server, room, `life ${life}`);
    // A random number of messages, so that each kill is at another moment of a commit.
    await load.reached(1 + Math.floor(Math.random() * 200));
    await server.kill();
    const acknowledged = await load.stopped();
    await watcher.closed;

    for (const { key, value, seq } of watcher.seen) {
      expect(valueBySeq.get(seq) ?? value, `seq ${seq} was used twice`).toBe(value);
      valueBySeq.set(seq, value);
      if (key === "relay") relays++;
    }

    server = await ServerProcess.start(["--data", directory, "--no-limits"]);
    const init = (await send(server, room, { type: "get", key: `life ${life}` })) as { data: Push[] };
    const present = new Set(init.data.map(({ value }) => value));
    expect(acknowledged.filter((value) => !present.has(value))).toEqual([]);
    expect(present.size, "no message is there twice").toBe(init.data.length);
    answered += acknowledged.length;
  }
  await server.stop();
  expect(relays).toBeGreaterThan(0);
  console.log(
    `${KILLS} kills: ${answered} answered messages, 0 lost; ${valueBySeq.size} seqs seen, 0 reused`,
  );
}, 600_000);

/** Starts senders that append, and sometimes relay, one message after the other until the server ends. */
function startLoad(server: ServerProcess, room: string, key: string) {
  const answered: string[] = [];
  let wake = () => {};
  const senders = Array.from({ length: SENDERS }, async (_, sender) => {
    for (let n = 0; ; n++) {
      const value = `${key}, sender ${sender}, message ${n}`;
      try {
        if (n % 3 === 2) {
          await push(server, room, "relay", value, "relay");
        } else {
          await push(server, room, key, value, "append");
          answered.push(value);
        }
      } catch {
        return;
      }
      wake();
    }
  });
  return {
    reached: (count: number) =>
      new Promise<void>((resolve) => {
        wake = () => answered.length >= count && resolve();
      }),
    stopped: async () => {
      await Promise.all(senders);
      return answered;
    },
  };
}

function push(
  server: ServerProcess,
  room: string,
  key: string,
  value: string,
  type: string,
): Promise<unknown> {
  return send(server, room, { type: "push", key, value, action: { type } });
}

async function send({ url }: ServerProcess, room: string, message: object): Promise<unknown> {
  const response = await fetch(`${url}room/${room}/send`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Records every broadcast of the room until the server ends. */
async function watch({ url }: ServerProcess, room: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}room/${room}/connect`);
  const seen: Push[] = [];
  socket.on("message", (data) => seen.push(JSON.parse(data.toString()) as Push));
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("open", resolve));
  return { seen, closed };
}
