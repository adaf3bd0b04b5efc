import { readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLOSE_RESTART, type RoomResult } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { Command } from "./command.js";
import { append } from "./messages.js";
import { enter, post, retained, temporaryDirectory } from "./test-server.js";

async function newRoom(url: string): Promise<RoomResult> {
  return (await (await fetch(`${url}new`, { method: "POST" })).json()) as RoomResult;
}

describe("driftdb-server, the command", () => {
  test("--help lists the options and ends with 0", async () => {
    const command = new Command(["--help"]);
    expect(await command.ended).toBe(0);
    for (const option of ["--port", "--host", "--data", "--memory", "--help", "--version"]) {
      expect(command.stdout).toContain(option);
    }
    expect(command.stderr).toBe("");
  });

  test("--version prints the version of the package", async () => {
    const command = new Command(["--version"]);
    expect(await command.ended).toBe(0);
    expect(command.stdout).toBe(`${manifest.version}\n`);
  });

  test.each([
    [["--nonsense"], "--nonsense"],
    [["--port", "65536"], '--port is "65536": use a number from 0 to 65535'],
    [["--memory", "--data", "x"], "exclude each other"],
  ])("refuses %j with a message that names the mistake, and ends with 2", async (args, text) => {
    const cwd = temporaryDirectory();
    const command = new Command(args, { cwd });
    expect(await command.ended).toBe(2);
    expect(command.stderr).toMatch(/^driftdb-server: .+\n$/s);
    expect(command.stderr).toContain(text);
    expect(command.stderr).not.toMatch(/^ +at /m);
    expect(command.stdout).toBe("");
    // The command made no files.
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("prints its URL and its data directory, and uses both", async () => {
    const cwd = temporaryDirectory();
    const command = new Command(["--port", "0"], { cwd });
    const url = await command.url();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(command.stdout).toContain(join(realpathSync(cwd), "driftdb-data"));
    const room = await newRoom(url);
    expect(room.socket_url).toBe(`${url.replace("http", "ws")}room/${room.room}/connect`);
    const client = await enter(room);
    client.send(append("k", 1));
    expect(await client.next()).toEqual({ type: "push", key: "k", value: 1, seq: 1 });
    // All files are in the directory of the rooms.
    expect(readdirSync(cwd)).toEqual(["driftdb-data"]);
    expect(readdirSync(join(cwd, "driftdb-data"))).toContain("driftdb.sqlite");
  });

  test("--memory writes no files and says so", async () => {
    const cwd = temporaryDirectory();
    const command = new Command(["--port", "0", "--memory"], { cwd });
    const room = await newRoom(await command.url());
    expect((await post(room, append("k", 1))).status).toBe(200);
    expect(command.stdout).toContain("in memory");
    command.signal("SIGTERM");
    expect(await command.ended).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("listens on --host and --port", async () => {
    const probe = new Command(["--port", "0", "--memory"]);
    const { port } = new URL(await probe.url());
    probe.signal("SIGTERM");
    await probe.ended;
    const command = new Command(["--port", port, "--host", "localhost", "--memory"]);
    expect(await command.url()).toBe(`http://localhost:${port}/`);
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "M5 ends with 0 after %s, and the next start has every committed message",
    async (signal) => {
      const data = join(temporaryDirectory(), "made", "on the way");
      const first = new Command(["--port", "0", "--data", data]);
      const room = await newRoom(await first.url());
      const client = await enter(room);
      for (let i = 1; i <= 100; i++) client.send(append("socket", i));
      await client.drain();
      expect((await post(room, append("http", "x"))).status).toBe(200);
      first.signal(signal);
      // The close code asks clients to reconnect later (S13).
      expect((await client.ended).code).toBe(CLOSE_RESTART);
      expect(await first.ended).toBe(0);
      expect(first.stderr).toBe("");

      const second = new Command(["--port", "0", "--data", data]);
      const url = await second.url();
      const there = { ...room, http_url: `${url}room/${room.room}/send` };
      expect(await retained(there, "socket")).toEqual(
        Array.from({ length: 100 }, (_, i) => ({ value: i + 1, seq: i + 1 })),
      );
      expect(await retained(there, "http")).toEqual([{ value: "x", seq: 101 }]);
    },
  );
});

describe("driftdb-server that cannot start", () => {
  test("names a port that is in use and ends with 1", async () => {
    const first = new Command(["--port", "0", "--memory"]);
    const { port } = new URL(await first.url());
    const cwd = temporaryDirectory();
    const second = new Command(["--port", port], { cwd });
    expect(await second.ended).toBe(1);
    expect(second.stderr).toMatch(new RegExp(`^driftdb-server: port ${port} is in use: .*--port.*\\n$`));
    // The second server has released the data directory.
    const third = new Command(["--port", "0"], { cwd });
    await third.url();
  });

  test("names a data directory that is in use and ends with 1", async () => {
    const data = temporaryDirectory();
    const first = new Command(["--port", "0", "--data", data]);
    const room = await newRoom(await first.url());
    const second = new Command(["--port", "0", "--data", data]);
    expect(await second.ended).toBe(1);
    expect(second.stderr).toMatch(/^driftdb-server: .*is in use by another server.*\n$/);
    // The first server still works.
    expect((await post(room, append("k", 1))).status).toBe(200);
  });

  test("names an address that the machine does not have and ends with 1", async () => {
    const command = new Command(["--port", "0", "--memory", "--host", "192.0.2.1"]);
    expect(await command.ended).toBe(1);
    expect(command.stderr).toMatch(
      /^driftdb-server: this machine has no address 192\.0\.2\.1: .*--host.*\n$/,
    );
  });

  test("names a file in place of the data directory and ends with 1", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "file"), "not a directory");
    const command = new Command(["--port", "0", "--data", "file"], { cwd });
    expect(await command.ended).toBe(1);
    expect(command.stderr).toMatch(/^driftdb-server: .*file.*\n$/);
  });

  test("ends with 1 for a file that is no database, and does not change the file", async () => {
    const data = temporaryDirectory();
    const file = join(data, "driftdb.sqlite");
    const content = "this is something else, and longer than the header of a database is".repeat(10);
    writeFileSync(file, content);
    const command = new Command(["--port", "0", "--data", data]);
    expect(await command.ended).toBe(1);
    expect(command.stderr).toMatch(/^driftdb-server: .+\n$/);
    expect(readFileSync(file, "utf8")).toBe(content);
  });
});
