import type { PushMessage } from "driftdb-protocol";
import { describe, expect, it } from "vitest";
import { type Entry, Outbox } from "./outbox.js";

/** An outbox with entries named by their values, and what was settled. */
function outbox(...values: string[]) {
  const box = new Outbox();
  const settled: string[] = [];
  const add = (value: string, key = "k"): Entry => {
    const message: PushMessage = { type: "push", key, value, action: { type: "append" } };
    const entry: Entry = { message, after: 0, settled: () => settled.push(value) };
    box.add(entry);
    return entry;
  };
  for (const value of values) add(value);
  const sendAll = (seq = 0): unknown[] => {
    const sent: unknown[] = [];
    for (let entry = box.next(seq); entry; entry = box.next(seq)) {
      sent.push((entry.message as PushMessage).value);
    }
    return sent;
  };
  return { box, add, settled, sendAll };
}

describe("an outbox", () => {
  it("sends in order, and settles what a pong confirms", () => {
    const { box, add, settled, sendAll } = outbox("a", "b");
    expect(sendAll()).toEqual(["a", "b"]);
    const count = box.sent;
    add("c");
    expect(sendAll()).toEqual(["c"]);
    box.confirm(count);
    expect(settled).toEqual(["a", "b"]);
    expect(box.sent).toBe(1);
  });

  it("holds what is queued behind what is in doubt", () => {
    const { box, add, settled, sendAll } = outbox("a");
    sendAll();
    add("b");
    box.cut();
    expect(box.held).toBe(true);
    expect(sendAll()).toEqual([]);
    box.resolve();
    expect(box.held).toBe(false);
    expect(sendAll()).toEqual(["a", "b"]);
    expect(settled).toEqual([]);
  });

  it("is not held by what was never sent", () => {
    const { box, sendAll } = outbox("a");
    box.cut();
    expect(box.held).toBe(false);
    expect(sendAll()).toEqual(["a"]);
  });

  it("takes what it sees for arrived, with all before it, and settles it at the end", () => {
    const { box, settled, sendAll } = outbox("a", "b", "c");
    sendAll(7);
    box.cut();
    box.see("k", { value: "b", seq: 9 });
    expect(settled).toEqual([]);
    box.resolve();
    expect(settled).toEqual(["a", "b"]);
    expect(sendAll()).toEqual(["c"]);
  });

  it("takes nothing for arrived that is of another key, or older than the message", () => {
    const { box, sendAll } = outbox("a");
    sendAll(7);
    box.cut();
    box.see("other", { value: "a", seq: 9 });
    box.see("k", { value: "a", seq: 7 });
    box.see("k", { value: "A", seq: 9 });
    box.resolve();
    expect(sendAll()).toEqual(["a"]);
  });

  it("takes each message that it sees for one of its own at most", () => {
    const { box, sendAll } = outbox("a", "a", "a");
    sendAll();
    box.cut();
    box.see("k", { value: "a", seq: 1 });
    box.see("k", { value: "a", seq: 2 });
    box.resolve();
    expect(sendAll()).toEqual(["a"]);
  });

  it("wants to see each key from where its first message in doubt was sent", () => {
    const { box, add, sendAll } = outbox("a");
    sendAll(3);
    add("b", "other");
    sendAll(5);
    add("c");
    sendAll(8);
    add("queued", "third");
    box.cut();
    expect([...box.doubts()].sort()).toEqual([
      ["k", 3],
      ["other", 5],
    ]);
  });

  it("keeps the doubt through a second cut", () => {
    const { box, settled, sendAll } = outbox("a", "b");
    sendAll();
    box.cut();
    box.see("k", { value: "a", seq: 1 });
    box.cut();
    box.resolve();
    expect(settled).toEqual(["a"]);
    expect(sendAll()).toEqual(["b"]);
  });

  it("takes back what was not sent, and nothing else", () => {
    const { box, add, sendAll } = outbox();
    const a = add("a");
    sendAll();
    const b = add("b");
    add("c");
    box.cancel(a);
    box.cancel(b);
    box.cancel(b);
    expect(sendAll()).toEqual(["c"]);
    expect(box.sent).toBe(2);
  });

  it("forgets all, and says so", () => {
    const { box, add, settled, sendAll } = outbox("a");
    sendAll();
    add("b");
    box.cut();
    box.clear();
    expect(settled).toEqual(["a", "b"]);
    expect([box.held, box.sent]).toEqual([false, 0]);
    expect(sendAll()).toEqual([]);
  });
});
