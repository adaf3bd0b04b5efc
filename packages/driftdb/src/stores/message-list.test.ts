import { describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { MODEL_URL, turn } from "../../test/page.js";
import { MessageList } from "./message-list.js";

eachWithOnePage();

/** A list of the key `k` on the page, and each array that it showed. */
function listed() {
  const shown: unknown[][] = [];
  const list = new MessageList<string>({
    db: page.db,
    key: "k",
    callback: (messages) => shown.push(messages.map(({ value }) => value)),
  });
  list.subscribe();
  return { list, shown };
}

/** Lets everything through, and the lists show it. */
async function settle(): Promise<void> {
  room.flow();
  await turn();
}

describe("the array", () => {
  it("is the history, then each appended message, with value and seq only", async () => {
    room.push("k", "a");
    room.push("other", "b");
    page.open();
    const { list } = listed();
    expect(list.getSnapshot()).toEqual([]);
    await settle();
    room.push("k", "c");
    await settle();
    expect(list.getSnapshot()).toEqual([
      { value: "a", seq: 1 },
      { value: "c", seq: 3 },
    ]);
  });

  it("is a new array after a change, and the same one until then", async () => {
    page.open();
    const { list, shown } = listed();
    const empty = list.getSnapshot();
    await settle();
    expect(list.getSnapshot()).toBe(empty);
    room.push("k", "a");
    await settle();
    const one = list.getSnapshot();
    room.push("other", "b");
    room.push("k", "c", "relay");
    page.reconnect();
    await settle();
    expect(list.getSnapshot()).toBe(one);
    room.push("k", "d");
    await settle();
    expect(one).toHaveLength(1);
    expect(shown).toEqual([["a"], ["a", "d"]]);
  });

  it("has no relays, and misses nothing around them", async () => {
    page.open();
    const { shown } = listed();
    await settle();
    room.push("k", "a");
    room.push("k", "b", "relay");
    room.push("k", "c");
    await settle();
    expect(shown).toEqual([["a", "c"]]);
  });

  it("is copied once for a burst, however long", async () => {
    page.open();
    const { list, shown } = listed();
    await settle();
    for (let i = 0; i < 10_000; i++) room.push("k", String(i));
    while (page.socket.down.length > 0) room.deliver(page.socket);
    expect(list.getSnapshot()).toEqual([]);
    await turn();
    expect(shown.map(({ length }) => length)).toEqual([10_000]);
    expect(shown[0]).toEqual(room.values("k"));
  });

  it("is the message alone after a replace, here as for somebody who comes later", async () => {
    page.open();
    const { list, shown } = listed();
    await settle();
    room.push("k", "a");
    room.push("k", "b");
    await settle();
    room.push("k", "c", "replace");
    room.push("k", "d");
    await settle();
    expect(shown).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(list.getSnapshot()).toEqual(room.stream("k"));
  });

  it("keeps messages that are compacted while it follows, and has the snapshot when it starts again", async () => {
    page.open();
    const { list, shown } = listed();
    await settle();
    for (const value of ["a", "b", "c"]) room.push("k", value);
    await settle();
    room.compact("k", 2, "ab");
    await settle();
    room.push("k", "d");
    await settle();
    expect(shown.at(-1)).toEqual(["a", "b", "c", "d"]);
    list.destroy();
    vi.advanceTimersByTime(1);
    list.subscribe();
    await settle();
    expect(shown.at(-1)).toEqual(["ab", "c", "d"]);
  });
});

describe("a list starts over", () => {
  it("when its messages were swallowed during a cut (S7)", async () => {
    page.open();
    const { shown } = listed();
    await settle();
    room.push("k", "a");
    await settle();
    room.push("k", "b");
    room.push("k", "c", "replace");
    page.reconnect();
    await settle();
    expect(shown).toEqual([["a"], ["c"]]);
  });

  it("when the server has lost its data (S1)", async () => {
    page.open();
    const { shown } = listed();
    room.push("k", "a");
    await settle();
    room.lose();
    page.reconnect();
    await settle();
    room.push("k", "new");
    await settle();
    expect(shown).toEqual([["a"], [], ["new"]]);
  });

  it("in another room", async () => {
    const url = MODEL_URL.replace("/r/", "/s/");
    const second = new ModelRoom();
    room.others.set(url, second);
    second.push("k", "theirs");
    room.push("k", "ours");
    page.open();
    const { shown } = listed();
    await settle();
    void page.db.connect(url);
    await turn();
    expect(shown).toEqual([["ours"], []]);
    second.flow();
    room.flow();
    await turn();
    expect(shown).toEqual([["ours"], [], ["theirs"]]);
  });
});

describe("a list without subscribers", () => {
  it("shows nothing that was still on its way at destroy()", async () => {
    page.open();
    const { list, shown } = listed();
    await settle();
    room.push("k", "a");
    room.flow();
    list.destroy();
    await turn();
    vi.advanceTimersByTime(1);
    expect(shown).toEqual([]);
    list.subscribe();
    await settle();
    expect(shown).toEqual([["a"]]);
  });
});
