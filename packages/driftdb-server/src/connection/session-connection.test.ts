import { describe, expect, test, vi } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { openRoom, settled } from "../../test/open-room.js";
import { DEFAULT_LIMITS, type Limits } from "../limits/limits.js";
import type { RoomHost } from "../room/room-host.js";
import { ClientSocket } from "../wire/client-socket.js";
import { SessionConnection } from "./session-connection.js";

const CID = "0123456789-abcdefABCDEF_";
const SESSION_LIMITS = { messageBytes: 1_048_576, inFlight: 256 };

/** Opens a connection of a session in a room. */
function connect(host: RoomHost, { cid = CID, allKeys = false } = {}) {
  const fake = new FakeWebSocket();
  const socket = new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS);
  const session = { cid, name: `name of ${cid.length}` };
  const connection = new SessionConnection(socket, host, session, allKeys, SESSION_LIMITS);
  const say = (message: object | string) =>
    connection.receive(Buffer.from(typeof message === "string" ? message : JSON.stringify(message)), false);
  return { fake, connection, say };
}

async function open(limits: Partial<Limits> = {}) {
  const room = await openRoom(limits);
  return { ...room, ...connect(room.host) };
}

const push = (n: number | undefined, key: string, value: unknown, type = "append") => ({
  type: "push",
  key,
  value,
  action: { type },
  ...(n !== undefined && { n }),
});

describe("SessionConnection, when it opens", () => {
  test("S1 sends hello first", async () => {
    const { host, fake, say } = await open();
    say({ type: "get", key: "k" });
    expect(fake.sent).toEqual([]);
    await settled(host);
    expect(fake.sent.map(({ type }) => type)).toEqual(["hello", "init"]);
    expect(fake.sent[0]).toMatchObject({
      v: 2,
      seq: 0,
      resumed: false,
      acked: 0,
      acks: [],
      limits: SESSION_LIMITS,
    });
  });

  test("S1 sends the session's public name, and not its secret", async () => {
    const { host, fake } = await open();
    await settled(host);
    const [again, other] = [connect(host), connect(host, { cid: `${CID}x` })];
    await settled(host);
    const names = [fake, again.fake, other.fake].map(({ sent }) => sent[0]?.you);
    expect(names).toEqual(["name of 24", "name of 24", "name of 25"]);
    expect(JSON.stringify([...fake.sent, ...again.fake.sent])).not.toContain(CID);
  });

  test("S13 closes with 1013 when the join fails", async () => {
    const { host, store } = await openRoom();
    store.failing = true;
    const { fake } = connect(host);
    await settled(host);
    expect(fake.send).not.toHaveBeenCalled();
    expect(fake.closeCode).toBe(1013);
  });

  test("a connection that leaves before its hello does not stay in the room", async () => {
    const { host } = await openRoom();
    const joined = vi.spyOn(host, "join");
    const { fake, connection } = connect(host, { allKeys: true });
    fake.readyState = 3;
    connection.left(1006);
    await settled(host);
    expect(joined).not.toHaveBeenCalled();
    const takenOver = vi.spyOn(connection, "takenOver");
    connect(host);
    expect(takenOver).not.toHaveBeenCalled();
  });

  test("a connection that leaves receives no broadcasts, even if a history is pending", async () => {
    const { host, fake, connection, say } = await open();
    say({ type: "get", key: "a" });
    await settled(host);
    say({ type: "get", key: "b" });
    fake.readyState = 3;
    connection.left(1006);
    const message = vi.spyOn(connection, "message");
    const other = connect(host, { cid: `${CID}x` });
    other.say(push(1, "a", 1));
    other.say(push(2, "b", 1));
    await settled(host);
    other.say(push(3, "b", 2));
    await settled(host);
    expect(message).not.toHaveBeenCalled();
  });
});

describe("SessionConnection, holding", () => {
  const hold = (value: unknown) => push(undefined, "k", value, "hold");
  const held = async (host: RoomHost) => {
    const { fake, say } = connect(host, { cid: `${CID}watcher` });
    say({ type: "get", key: "k" });
    await settled(host);
    return fake.sent.at(-1)?.held;
  };

  test("S9 a hold that is read after a close with 1000 has no effect", async () => {
    const { host, connection, say } = await open();
    connection.left(1000);
    say(hold(1));
    await settled(host);
    expect(await held(host)).toBeUndefined();
  });

  test("S10 a hold or release that is read after a takeover has no effect", async () => {
    const { host, connection, say } = await open();
    connection.left(1006);
    const again = connect(host);
    again.say(hold(2));
    say({ type: "release", key: "k" });
    say(hold(1));
    await settled(host);
    expect(await held(host)).toMatchObject([{ value: 2 }]);
  });

  test.each([
    ["hold", hold(1)],
    ["release", { type: "release", key: "k" }],
  ] as const)("D22 a %s that cannot be committed closes with 1013, and has no effect", async (_, message) => {
    const { host, store, fake, say } = await open();
    await settled(host);
    const watcher = connect(host, { cid: `${CID}x`, allKeys: true });
    watcher.say(hold(7));
    await settled(host);
    const before = watcher.fake.sent.length;
    store.failing = true;
    say(message);
    await settled(host);
    store.failing = false;
    expect(fake.closeCode).toBe(1013);
    expect(watcher.fake.sent).toHaveLength(before);
    expect(await held(host)).toMatchObject([{ value: 7 }]);
  });

  test("S4 the error for a hold follows the acks of earlier messages", async () => {
    const { host, fake, say } = await open({ keys: 1 });
    say(push(1, "k", 1));
    say(hold(1));
    say(push(undefined, "other", 1, "hold"));
    say(push(2, "k", 1));
    await settled(host);
    expect(fake.sent.slice(1).map(({ type }) => type)).toEqual(["ack", "error", "stream_size", "ack"]);
    expect(fake.sent[2]).toEqual({ type: "error", code: "too_many_keys", message: expect.any(String) });
  });
});

describe("SessionConnection, sending", () => {
  test("S4 one frame acknowledges a commit's messages, after their broadcasts and sizes", async () => {
    const { host, fake, say } = await open();
    say({ type: "get", key: "k" });
    for (const n of [1, 2, 3]) say(push(n, "k", n));
    await settled(host);
    expect(fake.sent.slice(2)).toEqual([
      { type: "push", key: "k", value: 1, seq: 1, prev: 0 },
      { type: "push", key: "k", value: 2, seq: 2, prev: 1 },
      { type: "push", key: "k", value: 3, seq: 3, prev: 2 },
      { type: "stream_size", key: "k", size: 3 },
      {
        type: "ack",
        acks: [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
      },
    ]);
  });

  test.each([
    ["pong", { type: "ping" }],
    ["init", { type: "get", key: "k" }],
    ["error", "{"],
  ])("S4 the acks of earlier messages come before a %s", async (type, asked) => {
    const { host, fake, say } = await open();
    say(push(1, "k", 1));
    say(asked);
    say(push(2, "other", 1));
    await settled(host);
    expect(fake.sent.slice(1).map((frame) => frame.acks ?? frame.type)).toEqual([[[1, 1]], type, [[2, 2]]]);
  });

  test("P6 sends the last size of each key once per commit", async () => {
    const { host, fake, say } = await open();
    for (const n of [1, 2, 3]) say(push(n, "a", n));
    for (const n of [4, 5]) say(push(n, "b", n));
    say(push(undefined, "a", 4));
    await settled(host);
    say(push(6, "a", 5));
    await settled(host);
    const frames = fake.sent.slice(1).map(({ type, key, size }) => (type === "ack" ? type : [key, size]));
    expect(frames).toEqual([["a", 4], ["b", 2], "ack", ["a", 5], "ack"]);
  });

  test("P6 sends no size if the key retains one message again", async () => {
    const { host, fake, say } = await open();
    say(push(1, "k", 1));
    say(push(2, "k", 2));
    say(push(3, "k", 3, "replace"));
    await settled(host);
    expect(fake.sent.slice(1).map(({ type }) => type)).toEqual(["ack"]);
  });

  test("S3 acknowledges no message without n, such as a relay", async () => {
    const { host, fake, say } = await open();
    say(push(undefined, "k", 1, "relay"));
    say(push(undefined, "k", 1));
    say(push(1, "k", 2, "replace"));
    await settled(host);
    expect(fake.sent.slice(1)).toEqual([{ type: "ack", acks: [[1, 3]] }]);
  });

  test("S3 applies a message once that arrives twice, on the same connection or the next one", async () => {
    const { host, fake, say } = await open();
    say(push(1, "k", "a"));
    say(push(1, "k", "a"));
    await settled(host);
    const again = connect(host);
    again.say(push(1, "k", "a"));
    again.say({ type: "get", key: "k" });
    await settled(host);
    expect(fake.sent.slice(1)).toEqual([
      {
        type: "ack",
        acks: [
          [1, 1],
          [1, 1],
        ],
      },
    ]);
    expect(again.fake.sent.slice(1)).toEqual([
      { type: "ack", acks: [[1, 1]] },
      { type: "init", key: "k", data: [{ value: "a", seq: 1 }], head: 1 },
    ]);
  });

  test("S3, S13 a gap in the numbers closes with 4009", async () => {
    const { host, fake, say } = await open();
    say(push(1, "k", 1));
    say(push(3, "k", 3));
    await settled(host);
    expect(fake.closeCode).toBe(4009);
    // The room serves other sessions.
    const other = connect(host, { cid: `${CID}x` });
    await settled(host);
    expect(other.fake.sent).toMatchObject([{ type: "hello", seq: 1 }]);
  });

  test("S4 a refusal has the message's n, which is used up", async () => {
    const { host, fake, say } = await open({ keys: 1 });
    say(push(1, "a", 1));
    say(push(2, "b", 1));
    say(push(2, "b", 1));
    say(push(3, "a", 1));
    await settled(host);
    expect(fake.sent.slice(1)).toEqual([
      { type: "ack", acks: [[1, 1]] },
      { type: "error", code: "too_many_keys", message: expect.any(String), n: 2 },
      { type: "stream_size", key: "a", size: 2 },
      {
        type: "ack",
        acks: [
          [2, 0],
          [3, 2],
        ],
      },
    ]);
  });

  test("S13 a failed commit uses up no n, and closes with 1013: the client sends the message again", async () => {
    const { host, store, fake, say } = await open();
    await settled(host);
    store.failing = true;
    say(push(1, "k", 1));
    await settled(host);
    expect(fake.closeCode).toBe(1013);
    expect(fake.sent.slice(1)).toEqual([]);
    store.failing = false;
    const again = connect(host);
    again.say(push(1, "k", 1));
    await settled(host);
    expect(again.fake.sent).toMatchObject([
      { type: "hello", resumed: false, acked: 0 },
      { type: "ack", acks: [[1, 1]] },
    ]);
  });

  test("S4 acknowledges the messages before a gap, and then closes", async () => {
    const { host, fake, say } = await open();
    say(push(1, "k", 1));
    say(push(3, "k", 1));
    await settled(host);
    expect(fake.sent.slice(1)).toEqual([{ type: "ack", acks: [[1, 1]] }]);
    expect(fake.closeCode).toBe(4009);
  });

  test("S13 a failed commit closes with 1013, even if its reason is too long for a close frame", async () => {
    const { host, fake, say, store } = await open();
    store.commit = () => {
      throw new Error("disk ü".repeat(50));
    };
    say(push(1, "k", 1));
    await settled(host);
    expect(fake.closeCode).toBe(1013);
  });

  test("P10, S4 a frame that breaks a rule uses up its n, if it has a valid one, and has no other effect", async () => {
    const { host, fake, say } = await open();
    say(push(1, "k", null));
    say(push(0, "k", 1));
    say(push(2, "k", 1));
    await settled(host);
    expect(fake.sent.slice(1)).toMatchObject([
      { type: "error", code: "bad_value", n: 1 },
      { type: "error", code: "bad_n" },
      { type: "ack", acks: [[2, 1]] },
    ]);
    expect(fake.close).not.toHaveBeenCalled();
  });
});

describe("SessionConnection, receiving", () => {
  const keysSeen = (fake: FakeWebSocket) =>
    fake.sent.filter(({ type }) => type === "push").map(({ key, value }) => `${key}${value}`);

  test("D12 an unsubscribe takes effect after the pushes before it", async () => {
    const { host, fake, say } = await open();
    say({ type: "get", key: "k" });
    await settled(host);
    say(push(1, "k", "own"));
    say({ type: "unsubscribe", key: "k" });
    await settled(host);
    expect(keysSeen(fake)).toEqual(["kown"]);
  });

  test("S2 listens to 10,000 keys at most, and answers further gets with an error", async () => {
    const { host, fake, say } = await open();
    for (let i = 0; i < 10_000; i++) say({ type: "get", key: `k${i}` });
    await settled(host);
    say({ type: "get", key: "one more" });
    await settled(host);
    expect(fake.sent.filter(({ type }) => type === "init").length).toBe(10_000);
    expect(fake.sent.at(-1)).toMatchObject({ type: "error", code: "too_many_keys" });
    say({ type: "get", key: "k5" });
    say({ type: "unsubscribe", key: "k0" });
    say({ type: "get", key: "another" });
    await settled(host);
    expect(fake.sent.slice(-2)).toMatchObject([
      { type: "init", key: "k5" },
      { type: "init", key: "another" },
    ]);
  });

  test("S2 receives the broadcasts of the keys that it asked for, from the init until an unsubscribe", async () => {
    const { host, fake, say } = await open();
    const other = connect(host, { cid: `${CID}x` });
    other.say(push(1, "a", 1));
    say({ type: "get", key: "a" });
    other.say(push(2, "a", 2));
    other.say(push(3, "b", 3));
    await settled(host);
    say({ type: "unsubscribe", key: "a" });
    other.say(push(4, "a", 4));
    await settled(host);
    expect(keysSeen(fake)).toEqual(["a2"]);
    expect(fake.sent[1]).toEqual({ type: "init", key: "a", data: [{ value: 1, seq: 1 }], head: 1 });
    expect(keysSeen(other.fake)).toEqual([]);
  });

  test("P5, S2 a get with seq null has no answer, and does not subscribe", async () => {
    const { host, fake, say } = await open();
    say({ type: "get", key: "a", seq: null });
    say(push(1, "a", 1));
    await settled(host);
    expect(fake.sent.map(({ type }) => type)).toEqual(["hello", "ack"]);
  });

  test("S2 with keys=all it receives all broadcasts, even of keys that it unsubscribed from", async () => {
    const { host } = await openRoom();
    const { fake, say } = connect(host, { allKeys: true });
    say({ type: "unsubscribe", key: "a" });
    say(push(1, "a", 1));
    say(push(undefined, "b", 2, "relay"));
    await settled(host);
    expect(keysSeen(fake)).toEqual(["a1", "b2"]);
  });

  test("S10 a takeover closes the older connection with 4001, and its leave does not affect the newer one", async () => {
    const { host, fake, connection } = await open();
    const second = connect(host);
    second.say({ type: "get", key: "a" });
    await settled(host);
    expect(fake.closeCode).toBe(4001);
    connection.left(1006);
    second.say(push(1, "a", 1));
    await settled(host);
    expect(keysSeen(second.fake)).toEqual(["a1"]);
    expect(second.fake.close).not.toHaveBeenCalled();
  });
});
