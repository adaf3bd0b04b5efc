import { once } from "node:events";
import { Agent, createServer as createHttpsServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { RoomResult } from "driftdb-protocol";
import { createServer } from "driftdb-server";
import { expect, onTestFinished, test } from "vitest";
import { append, get, relay } from "../messages.js";
import { RawClient } from "../raw-client.js";
import { newCid } from "../session.js";

/** TLS with a key that both sides know, so that it needs no certificate. */
const psk = Buffer.from("a key for the time of a test");
const TLS = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
const agent = new Agent({
  ...TLS,
  pskCallback: () => ({ psk, identity: "test" }),
  checkServerIdentity: () => undefined,
});

/** Mounts a server on the HTTPS server of an application, and makes a room. */
async function secureRoom(): Promise<RoomResult> {
  const https = createHttpsServer({ ...TLS, pskCallback: () => psk });
  const drift = createServer({ memory: true, limits: false });
  drift.attach(https);
  onTestFinished(async () => {
    await drift.close();
    https.close().closeAllConnections();
  });
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  const { port } = https.address() as AddressInfo;
  const asked = request({ agent, host: "127.0.0.1", port, path: "/new", method: "POST" });
  const [response] = await once(asked.end(), "response");
  const body = await response.toArray();
  return JSON.parse(Buffer.concat(body).toString());
}

async function enter({ socket_url }: RoomResult, query = ""): Promise<RawClient> {
  const entered = await RawClient.connect(socket_url + query, { agent });
  onTestFinished(() => entered.socket.terminate());
  return entered;
}

test("P1 a room's addresses over TLS are https: and wss:", async () => {
  const room = await secureRoom();
  expect([room.http_url, room.socket_url]).toEqual([
    expect.stringMatching(/^https:\/\/127\.0\.0\.1:/),
    expect.stringMatching(/^wss:\/\/127\.0\.0\.1:/),
  ]);
});

test("M1, S7 frames of one turn, of one write and of many fragments arrive in order over TLS", async () => {
  const room = await secureRoom();
  const writer = await enter(room);
  const texts = Array.from({ length: 3_000 }, (_, i) => `${i}${"é".repeat(150)}`);
  for (const [i, text] of texts.entries()) {
    writer.send(append("long", text));
    // The writer reads its own broadcasts before they are too many for it (S12).
    if (i % 500 === 499) await writer.drain();
  }
  for (const query of ["", `?v=2&cid=${newCid()}`, `?v=2&cid=${newCid()}&cbor=true`]) {
    const reader = await enter(room, query);
    if (query.includes("cbor")) reader.sendCbor(get("long"));
    else reader.send(get("long"));
    const init = await reader.until(({ type }) => type === "init");
    expect((init.data as { value: unknown }[]).map(({ value }) => value)).toEqual(texts);
    for (let i = 0; i < 1_000; i++) writer.send(relay("long", i));
    await reader.until(({ value }) => value === 999);
    const pushed = reader.frames.filter(({ type, value }) => type === "push" && typeof value === "number");
    expect(pushed.map(({ value }) => value)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  }
});
