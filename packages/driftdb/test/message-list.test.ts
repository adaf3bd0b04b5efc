import { expect, it } from "vitest";
import { MessageList } from "../src/stores/message-list.js";
import { append, relay, replace, startServer, TestClient, until } from "./harness.js";

/** Two clients in a room, of which one has the list of the key `k`. */
async function lists() {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const [reader, writer] = [new TestClient(), new TestClient()];
  await Promise.all([reader, writer].map(({ db }) => db.connect(socket_url)));
  const list = new MessageList<string>({ db: reader.db, key: "k" });
  list.subscribe();
  const values = () => list.getSnapshot().map(({ value }) => value);
  return { reader, writer, list, values };
}

it("a list shows the retained stream, through a lost connection", async () => {
  const { reader, writer, list, values } = await lists();
  const { seq } = await writer.db.send(append("k", "a"));
  await writer.db.send(relay("k", "not retained"));
  await writer.db.send(append("k", "b"));
  await until(() => values().length === 2);
  expect(list.getSnapshot()).toEqual([
    { value: "a", seq },
    { value: "b", seq: seq + 2 },
  ]);
  reader.online = false;
  reader.cut();
  for (const value of ["c", "d"]) await writer.db.send(append("k", value));
  reader.online = true;
  await until(() => values().length === 4);
  expect(values()).toEqual(["a", "b", "c", "d"]);
});

it("a list starts over at a replacement, live and after a lost connection (S7)", async () => {
  const { reader, writer, values } = await lists();
  for (const value of ["a", "b"]) await writer.db.send(append("k", value));
  await until(() => values().length === 2);
  await writer.db.send(replace("k", "c"));
  await writer.db.send(append("k", "d"));
  await until(() => values().includes("d"));
  expect(values()).toEqual(["c", "d"]);
  reader.online = false;
  reader.cut();
  await writer.db.send(replace("k", "e"));
  await writer.db.send(append("k", "f"));
  reader.online = true;
  await until(() => values().includes("f"));
  expect(values()).toEqual(["e", "f"]);
});
