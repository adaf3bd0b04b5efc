import { describe, expect, test } from "vitest";
import { append, get } from "../messages.js";
import { DURABLE, ENGINES, enter, retained, TestServer } from "../test-server.js";

const VALUES: readonly unknown[] = [
  false,
  true,
  0,
  -1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  "",
  'line\nbreak \u0000 NUL, \u2028, emoji 😀, quote "',
  [],
  {},
  [null, [null]],
  { "": null, "a b": [1, { c: "d" }] },
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toJSON": "x"}'),
];

const KEYS = [
  "",
  " ",
  "a\u0000b",
  "/../..",
  "__proto__",
  "constructor",
  "ключ 😀",
  "'; DROP TABLE rooms; --",
];

describe.each(ENGINES)("M2 keys and values, %s", (engine) => {
  test("M2 a value is any JSON value except null, and arrives unchanged", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const client = await enter(room);
    for (const value of VALUES) client.send(append("k", value));
    const pushes = (await client.drain()).filter(({ type }) => type === "push");
    expect(pushes.map(({ value }) => value)).toStrictEqual(VALUES);
    client.send(get("k"));
    const expected = VALUES.map((value, i) => ({ value, seq: i + 1 }));
    expect((await client.next()).data).toStrictEqual(expected);
    if (DURABLE.includes(engine)) {
      await server.restart();
      expect(await retained(room, "k")).toStrictEqual(expected);
    }
    expect("polluted" in {}).toBe(false);
  });

  test("M2 a value keeps the order of its fields", async () => {
    const server = await TestServer.start(engine);
    const client = await enter(await server.newRoom());
    client.sendText('{"type":"push","key":"k","action":{"type":"append"},"value":{"z":1,"a":{"y":2,"b":3}}}');
    client.send(get("k"));
    await client.nextFrames(2);
    for (const { bytes } of client.raw)
      expect(bytes.toString()).toContain('"value":{"z":1,"a":{"y":2,"b":3}}');
  });

  test("M2 refuses null as a value", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const client = await enter(room);
    client.send(append("k", null));
    expect(await client.next()).toMatchObject({ type: "error", code: "bad_value" });
    expect(await retained(room, "k")).toEqual([]);
  });

  test("M2 a key is any string, even an empty one, with its own stream", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const client = await enter(room);
    for (const key of KEYS) client.send(append(key, `in ${key}`));
    expect((await client.drain()).map(({ key }) => key)).toEqual(KEYS);
    if (DURABLE.includes(engine)) await server.restart();
    for (const [i, key] of KEYS.entries()) {
      expect(await retained(room, key)).toEqual([{ value: `in ${key}`, seq: i + 1 }]);
    }
  });

  test.each([
    ["one-byte", "k".repeat(1_024)],
    ["two-byte", "é".repeat(512)],
    ["four-byte", "😀".repeat(256)],
  ])("M2 a key has at most 1,024 bytes, of %s characters", async (_, longest) => {
    const server = await TestServer.start(engine);
    const client = await enter(await server.newRoom());
    client.send(append(longest, 1));
    expect(await client.next()).toEqual({ type: "push", key: longest, value: 1, seq: 1 });
    client.send(append(`${longest}k`, 2));
    expect(await client.next()).toMatchObject({ type: "error", code: "bad_key" });
    client.send(get(`${longest}k`));
    expect(await client.next()).toMatchObject({ type: "error", code: "bad_key" });
  });
});
