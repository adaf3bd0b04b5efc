import { afterEach, expect, test, vi } from "vitest";
import { SyncedWebRTCConnections } from "../src/index.js";
import { relay, startServer, TestClient, until } from "./harness.js";

afterEach(() => vi.unstubAllGlobals());

async function client(): Promise<TestClient> {
  const { api } = await startServer();
  const client = new TestClient();
  await client.db.connect((await api.newRoom()).socket_url);
  return client;
}

test("without WebRTC, the connection reports an error, and nothing is sent", async () => {
  const { db, errors, sent } = await client();
  const cursors = new SyncedWebRTCConnections({ db, initialState: 1 });
  const undo = cursors.subscribe(() => {});
  await until(() => errors.length > 0);
  expect(errors).toMatchObject([{ name: "DriftDBError", code: "no_webrtc" }]);
  expect(cursors.getSnapshot()).toEqual({});
  undo();
  expect(sent).toEqual([]);
});

test("wrong ICE servers are reported", async () => {
  const wrong = new SyntaxError("this is no ICE server");
  vi.stubGlobal(
    "RTCPeerConnection",
    class {
      constructor() {
        throw wrong;
      }
    },
  );
  const { db, errors } = await client();
  new SyncedWebRTCConnections({ db, iceServers: [{ urls: "turn" }] }).subscribe();
  await until(() => errors.length > 0);
  expect(errors).toEqual([wrong]);
});

test("a signal of another kind is reported, and a state that cannot be sent throws", async () => {
  vi.stubGlobal("RTCPeerConnection", class {});
  const { db, errors, sent } = await client();
  const cursors = new SyncedWebRTCConnections<unknown>({ db, key: "cursors" });
  cursors.subscribe();
  await until(() => sent.some(({ action }) => (action as { type: string })?.type === "hold"));
  const hold = sent.find(({ type }) => type === "push") as unknown as { key: string; value: { id: string } };
  expect(hold.key).toBe("__webrtc:cursors");
  const key = `${hold.key}:${hold.value.id}`;
  const values = [1, { from: "x" }, { from: "x", link: "y" }, { from: "x", link: "y", description: {} }];
  for (const value of values) db.send(relay(key, value));
  await until(() => errors.length === values.length);
  for (const error of errors) expect(error).toMatchObject({ code: "unknown_shape" });
  // From a client that has left.
  db.send(relay(key, { from: "x", link: "y", candidate: {} }));
  await db.testLatency();
  expect(errors).toHaveLength(values.length);

  expect(() => cursors.updateState(Number.NaN)).toThrow(expect.objectContaining({ code: "bad_value" }));
  expect(() => cursors.updateState("x".repeat(65_536))).toThrow(
    expect.objectContaining({ code: "too_large" }),
  );
  cursors.updateState("x".repeat(65_000));
  cursors.destroy();
  await until(() => sent.filter(({ type }) => type === "unsubscribe").length === 2);
  expect(sent.filter(({ type }) => type === "release")).toHaveLength(1);
});
