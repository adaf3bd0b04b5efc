import { describe, expect, test } from "vitest";
import { append, get, relay, replace } from "../messages.js";
import { DURABLE, ENGINES, enter, retained, TestServer } from "../test-server.js";

/** A short text in CBOR, in hexadecimal. */
function text(value: string): string {
  const bytes = Buffer.from(value);
  return (0x60 + bytes.length).toString(16) + bytes.toString("hex");
}

/** `{"type":"push","key":"k","action":{"type":"append"},"value":<value>}`, byte by byte. */
function cborPush(value: string): Buffer {
  const action = `a1${text("type")}${text("append")}`;
  const fields = [
    text("type"),
    text("push"),
    text("key"),
    text("k"),
    text("action"),
    action,
    text("value"),
    value,
  ];
  return Buffer.from(`a4${fields.join("")}`, "hex");
}

/** h'010203', as a byte string of CBOR. */
const BYTES = "43010203";

describe.each(ENGINES)("P7 ?cbor=true, %s", (engine) => {
  async function mixed() {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    return { server, room, cbor: await enter(room, "?cbor=true"), json: await enter(room) };
  }

  test("P7 the server sends binary CBOR frames of the same shapes", async () => {
    const { cbor } = await mixed();
    for (const message of [
      append("k", 1),
      append("k", 2),
      get("k"),
      { type: "ping", nonce: 3 },
      { type: "x" },
    ]) {
      cbor.sendCbor(message);
    }
    expect(await cbor.drain()).toEqual([
      { type: "push", key: "k", value: 1, seq: 1 },
      { type: "push", key: "k", value: 2, seq: 2 },
      { type: "stream_size", key: "k", size: 2 },
      {
        type: "init",
        key: "k",
        data: [
          { value: 1, seq: 1 },
          { value: 2, seq: 2 },
        ],
      },
      { type: "pong", nonce: 3 },
      { type: "error", message: expect.any(String), code: "bad_message" },
    ]);
    expect(cbor.raw.every(({ binary }) => binary)).toBe(true);
  });

  test("P7 frames have the bytes of RFC 8949", async () => {
    const { cbor } = await mixed();
    cbor.sendBinary(cborPush("01"));
    await cbor.next();
    const fields = [
      text("type"),
      text("push"),
      text("key"),
      text("k"),
      text("value"),
      "01",
      text("seq"),
      "01",
    ];
    expect(cbor.raw[0]?.bytes.toString("hex")).toBe(`a4${fields.join("")}`);
  });

  test("P7 any connection may send JSON text and binary CBOR", async () => {
    const { cbor, json } = await mixed();
    cbor.send(relay("k", "text on a CBOR connection"));
    await cbor.next();
    json.sendCbor(relay("k", "binary on a JSON connection"));
    await cbor.next();
    expect((await json.drain()).map(({ value }) => value)).toEqual([
      "text on a CBOR connection",
      "binary on a JSON connection",
    ]);
    expect(json.raw.every(({ binary }) => !binary)).toBe(true);
    expect(cbor.raw.every(({ binary }) => binary)).toBe(true);
  });

  test.each(["?cbor=true?cbor=true", "?cbor=true?cbor=true?cbor=true", "?x=1&cbor=true", "?cbor=true&x=1"])(
    "P7 %s is a CBOR connection",
    async (query) => {
      const { room } = await mixed();
      const client = await enter(room, query);
      client.sendCbor(append("k", "x"));
      expect(await client.next()).toEqual({ type: "push", key: "k", value: "x", seq: 1 });
      expect(client.raw[0]?.binary).toBe(true);
    },
  );

  test.each(["", "?", "?cbor=false", "?cbor", "?notcbor=true", "?cbor=trueish"])(
    "P7 %j is a JSON connection",
    async (query) => {
      const { room } = await mixed();
      const client = await enter(room, query);
      client.send({ type: "ping", nonce: 1 });
      await client.next();
      expect(client.raw[0]?.binary).toBe(false);
    },
  );

  test("P7 JSON and CBOR clients share a room, in both directions", async () => {
    const { cbor, json } = await mixed();
    const value = { text: "é😀", list: [1, -2, 1.5, true, false, null], nested: { "": {} } };
    json.send(append("k", value));
    const fromJson = { type: "push", key: "k", value, seq: 1 };
    expect([await cbor.next(), await json.next()]).toEqual([fromJson, fromJson]);
    cbor.sendCbor(append("k", value));
    const fromCbor = { ...fromJson, seq: 2 };
    expect([await cbor.next(), await json.next()]).toEqual([fromCbor, fromCbor]);
    cbor.send(get("k"));
    json.send(get("k"));
    const ofBoth = [await cbor.until(({ type }) => type === "init"), await json.next()];
    expect(ofBoth[0]).toEqual(ofBoth[1]);
  });

  test.each([
    ["plain", BYTES],
    ["tagged 64", `d840${BYTES}`],
  ])(
    "P7 a byte string stays one between CBOR clients, %s, and is an array of numbers in JSON",
    async (_, value) => {
      const { server, room, cbor, json } = await mixed();
      cbor.sendBinary(cborPush(value));
      const bytes = Uint8Array.of(1, 2, 3);
      expect((await cbor.next()).value).toEqual(bytes);
      expect(await json.next()).toEqual({ type: "push", key: "k", value: [1, 2, 3], seq: 1 });
      if (DURABLE.includes(engine)) await server.restart();
      expect(await retained(room, "k")).toEqual([{ value: [1, 2, 3], seq: 1 }]);
      const later = await enter(room, "?cbor=true");
      later.sendCbor(get("k"));
      expect((await later.next()).data).toEqual([{ value: bytes, seq: 1 }]);
    },
  );

  test("P7 a byte string stays one deep inside a value, even when it is empty", async () => {
    const { cbor, json } = await mixed();
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
    cbor.sendCbor(replace("k", { file: { name: "x", parts: [bytes, new Uint8Array(0)] }, n: 1 }));
    expect((await cbor.next()).value).toEqual({
      file: { name: "x", parts: [bytes, new Uint8Array(0)] },
      n: 1,
    });
    expect((await json.next()).value).toEqual({ file: { name: "x", parts: [Array.from(bytes), []] }, n: 1 });
  });

  test("P7 accepts longer forms of lengths, and indefinite lengths", async () => {
    const { cbor } = await mixed();
    // The number 1 in nine bytes, in an indefinite array, and in an indefinite map.
    for (const value of ["1b0000000000000001", "9f01ff", "bf6161f5ff"]) cbor.sendBinary(cborPush(value));
    const pushes = (await cbor.drain()).filter(({ type }) => type === "push");
    expect(pushes.map(({ value }) => value)).toEqual([1, [1], { a: true }]);
  });

  test("P7 __proto__ is a field like any other", async () => {
    const { cbor, json } = await mixed();
    cbor.sendBinary(cborPush(`a1${text("__proto__")}a1${text("polluted")}f5`));
    await cbor.next();
    await json.next();
    expect(json.raw[0]?.bytes.toString()).toContain('{"__proto__":{"polluted":true}}');
    expect(cbor.raw[0]?.bytes.toString("latin1")).toContain("__proto__");
    expect("polluted" in {}).toBe(false);
  });
});
