import { randomBytes } from "node:crypto";
import type { RoomResult } from "driftdb-protocol";
import { createServer } from "driftdb-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenVectors, type Vector } from "../../../driftdb-protocol/test/golden.js";
import { append } from "../messages.js";
import { RawClient } from "../raw-client.js";
import { enter, postBody, retained, TestServer } from "../test-server.js";

const vectors = goldenVectors().filter(({ direction }) => direction === "up");
const bad = vectors.filter(({ error }) => error !== undefined);
const named = (list: Vector[]) => list.map((vector) => [vector.rule, vector.name, vector] as const);

// One server and one room for all frames, so that no frame may leave a trace for the next.
const server = createServer({ memory: true, limits: false });
let room: RoomResult;
const neighbours: RawClient[] = [];

beforeAll(async () => {
  const url = await server.listen({ port: 0 });
  room = (await (await fetch(`${url}new`, { method: "POST" })).json()) as RoomResult;
  for (const query of ["", "?cbor=true", "?debug=true"]) {
    neighbours.push(await RawClient.connect(room.socket_url + query));
  }
});

afterAll(() => server.close());

/** A connection with a vector's level and codec. A session has read its hello. */
async function connect(
  there: RoomResult,
  level: Vector["level"],
  codec: Vector["codec"],
): Promise<RawClient> {
  const query = [codec === "cbor" ? "cbor=true" : ""];
  if (level) query.push("v=2", `cid=${randomBytes(16).toString("base64url")}`);
  const client = await RawClient.connect(`${there.socket_url}?${query.join("&")}`);
  if (level) expect(await client.next()).toMatchObject({ type: "hello" });
  return client;
}

function sendFrame(client: RawClient, { codec, frame }: Vector): void {
  if (codec === "json") client.sendText(frame);
  else client.sendBinary(frame);
}

async function expectNothingNoticed(): Promise<void> {
  for (const neighbour of neighbours) expect(await neighbour.drain()).toEqual([]);
}

describe("P3 and P10 bad frames of the golden vectors", () => {
  test("P10 there are more than a hundred in each codec", () => {
    expect(bad.filter(({ codec }) => codec === "json").length).toBeGreaterThan(100);
    expect(bad.filter(({ codec }) => codec === "cbor").length).toBeGreaterThan(100);
  });

  test.each(named(bad))("%s P10 refuses %s and stays open", async (_rule, _name, vector) => {
    const { error } = vector;
    const sender = await connect(room, vector.level, vector.codec);
    sendFrame(sender, vector);
    const answers = await sender.drain();
    const { code, n } = error as { code: string; n?: number };
    expect(answers).toEqual([{ type: "error", message: expect.any(String), code, ...(n && { n }) }]);
    expect(answers[0]?.message).toMatch(new RegExp(`^${error?.field?.replace(/\W/g, "\\$&") ?? ""}`));
    await expectNothingNoticed();
    await sender.close();
  });

  test.each(named(bad.filter(({ codec, level }) => codec === "json" && !level)))(
    "%s P9 refuses %s over HTTP",
    async (_rule, _name, { frame, error }) => {
      const response = await postBody(room, new Uint8Array(frame));
      const status = { not_json: 400, too_large: 413 }[error?.code ?? ""] ?? 422;
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({
        type: "error",
        message: expect.any(String),
        code: error?.code,
      });
      await expectNothingNoticed();
    },
  );

  test.each([undefined, "session" as const])(
    "P10 answers all of them in order over one connection, with a ping after each (%s)",
    async (level) => {
      const sender = await connect(room, level, "json");
      // Each frame needs a number of its own (S4).
      const ofLevel = bad.filter((vector) => vector.level === level && !vector.error?.n);
      for (const [nonce, vector] of ofLevel.entries()) {
        sendFrame(sender, vector);
        sender.send({ type: "ping", nonce });
      }
      for (const [nonce, { error, name }] of ofLevel.entries()) {
        expect(await sender.next(), name).toMatchObject({ type: "error", code: error?.code });
        expect(await sender.next(), name).toEqual({ type: "pong", nonce });
      }
      await expectNothingNoticed();
      await sender.close();
    },
  );
});

describe("P10 good frames of the golden vectors get no error", () => {
  const good = vectors.filter(({ error }) => error === undefined);
  const errors = async (sender: RawClient) => (await sender.drain()).filter(({ type }) => type === "error");

  test("on a plain connection", async () => {
    const fresh = await TestServer.start();
    const sender = await enter(await fresh.newRoom());
    for (const vector of good.filter(({ level }) => !level)) {
      sendFrame(sender, vector);
      expect(await errors(sender), vector.name).toEqual([]);
    }
  });

  test("S3 on a session each, except for a number above 1, which ends the session", async () => {
    const fresh = await TestServer.start();
    const there = await fresh.newRoom();
    for (const vector of good.filter(({ level }) => level)) {
      const { n = 1 } = vector.message as { n?: number };
      const sender = await connect(there, "session", vector.codec);
      sendFrame(sender, vector);
      if (n > 1) expect(await sender.ended, vector.name).toMatchObject({ code: 4009 });
      else expect(await errors(sender), vector.name).toEqual([]);
      await sender.close();
    }
  });
});

test("P10 sends an error to the sender alone, in its codec, and changes nothing", async () => {
  const fresh = await TestServer.start();
  const there = await fresh.newRoom();
  const [json, cbor] = [await enter(there), await enter(there, "?cbor=true")];
  // The answers have the codec of the connection, not of the frame (P7).
  json.sendBinary(Uint8Array.of(0xff));
  cbor.sendText("{");
  expect(await json.drain()).toEqual([{ type: "error", message: expect.any(String), code: "not_cbor" }]);
  expect(await cbor.drain()).toEqual([{ type: "error", message: expect.any(String), code: "not_json" }]);
  expect(json.raw[0]?.binary).toBe(false);
  expect(cbor.raw[0]?.binary).toBe(true);
  json.send(append("k", 1));
  expect(await json.next()).toMatchObject({ seq: 1 });
  expect(await retained(there, "k")).toEqual([{ value: 1, seq: 1 }]);
});

test("P10 an error names the wrong field and says what to send", async () => {
  const fresh = await TestServer.start();
  const client = await enter(await fresh.newRoom());
  client.send({ type: "push", key: "k", value: 1, action: { type: "upsert" } });
  const { message } = await client.next();
  expect(message).toContain("action.type");
  expect(message).toContain('"upsert"');
  expect(message).toContain("append");
});
