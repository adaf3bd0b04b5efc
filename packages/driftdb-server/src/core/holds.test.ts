import { describe, expect, test } from "vitest";
import { type Text, text } from "../../test/core-room.js";
import { Holds } from "./holds.js";

const hold = (from: string, seq: number) => ({ from, value: text(`${seq}`), seq });

describe("Holds", () => {
  test("has each session's newest hold of a key, and counts bytes per key and in total", () => {
    const holds = new Holds<Text>();
    holds.set("k", hold("a", 1), 10);
    holds.set("k", hold("b", 2), 20);
    holds.set("l", hold("a", 3), 40);
    holds.set("k", hold("a", 4), -5);
    expect(new Set(holds.of("k"))).toEqual(new Set([hold("a", 4), hold("b", 2)]));
    expect(holds.get("k", "a")).toEqual(hold("a", 4));
    expect([...holds.keysOf("a")].sort()).toEqual(["k", "l"]);
    expect([holds.bytesOf("k"), holds.bytesOf("l"), holds.bytes]).toEqual([25, 40, 65]);
  });

  test("deletes a hold completely, and ignores a hold that does not exist", () => {
    const holds = new Holds<Text>();
    holds.set("k", hold("a", 1), 10);
    holds.set("k", hold("b", 2), 20);
    holds.delete("k", "c", -1);
    holds.delete("l", "a", -1);
    holds.delete("k", "a", -10);
    holds.delete("k", "a", -10);
    expect([...holds.of("k")]).toEqual([hold("b", 2)]);
    expect(holds.get("k", "a")).toBeUndefined();
    expect([...holds.keysOf("a")]).toEqual([]);
    expect([holds.bytesOf("k"), holds.bytes]).toEqual([20, 20]);
    holds.delete("k", "b", -20);
    expect([...holds.of("k")]).toEqual([]);
    expect([holds.bytesOf("k"), holds.bytes]).toEqual([0, 0]);
  });
});
