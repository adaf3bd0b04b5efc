import { describe, expect, test } from "vitest";
import { type Change, type Drawing, draw, type Stroke, simplify } from "./drawing.js";

const piece = (id: string, by: string, points: number[]): Change => ({
  type: "draw",
  stroke: { id, by, colour: "red", width: 4, points },
});

const fold = (...changes: Change[]): Drawing => changes.reduce<Drawing>(draw, []);
const linesOf = (drawing: Drawing) => drawing.map(({ id, points }) => [id, points.join(" ")]);

describe("draw", () => {
  test("joins consecutive parts of a line into one stroke, without the repeated point", () => {
    const drawing = fold(piece("a", "ada", [0, 0, 5, 5]), piece("a", "ada", [5, 5, 9, 0]));
    expect(linesOf(drawing)).toEqual([["a", "0 0 5 5 9 0"]]);
  });

  test("puts later parts on top, and undo removes all parts of one person's last line", () => {
    const drawing = fold(
      piece("old", "ada", [1, 1]),
      piece("a", "ada", [0, 0, 5, 5]),
      piece("b", "bob", [0, 9, 5, 4]),
      piece("a", "ada", [5, 5, 9, 0]),
    );
    expect(linesOf(drawing)).toEqual([
      ["old", "1 1"],
      ["a", "0 0 5 5"],
      ["b", "0 9 5 4"],
      ["a", "5 5 9 0"],
    ]);
    const undone = draw(drawing, { type: "undo", by: "ada" });
    expect(undone.map(({ id }) => id)).toEqual(["old", "b"]);
    expect(draw(undone, { type: "undo", by: "nobody" })).toBe(undone);
    expect(draw(undone, { type: "clear" })).toEqual([]);
  });

  test("removes the oldest strokes of a full board, many at a time, so that it fits into a message", () => {
    let drawing: Drawing = [];
    let losses = 0;
    // Each stroke has the longest possible ids and numbers.
    for (let i = 0; i < 5_000; i++) {
      const points = Array.from({ length: 2 + (i % 40) * 2 }, () => 2_399);
      const next = draw(drawing, piece(`stroke${i}`, "4294967295-4294967295-4294967295-4294967295", points));
      if (next.length < drawing.length) losses++;
      expect(next.at(-1)?.id).toBe(`stroke${i}`);
      drawing = next;
    }
    expect(losses).toBeGreaterThan(10);
    expect(losses).toBeLessThan(200);
    expect(drawing.length).toBeGreaterThan(300);
    expect(JSON.stringify(drawing).length).toBeLessThan(300_000);
  });

  test("a board full of dots, the strokes with the most bytes for each point, fits into a message", () => {
    let drawing: Drawing = [];
    for (let i = 0; i < 5_000; i++) {
      drawing = draw(
        drawing,
        piece(`stroke${i}`, "4294967295-4294967295-4294967295-4294967295", [2_399, 1_999]),
      );
    }
    expect(JSON.stringify(drawing).length).toBeLessThan(300_000);
  });
});

describe("simplify", () => {
  test("keeps the ends and the corners, and removes the points between them", () => {
    const straight = Array.from({ length: 50 }, (_, i) => [i, i]).flat();
    expect(simplify(straight)).toEqual([0, 0, 49, 49]);
    expect(simplify([0, 0, 5, 0, 10, 0, 10, 5, 10, 10])).toEqual([0, 0, 10, 0, 10, 10]);
    expect(simplify([3, 4])).toEqual([3, 4]);
    // The line goes to a point and back.
    expect(simplify([0, 0, 10, 0, 20, 0, 10, 0, 0, 0])).toEqual([0, 0, 20, 0, 0, 0]);
  });

  test("keeps every removed point within one unit of the line", () => {
    const circle = Array.from({ length: 200 }, (_, i) => [
      Math.round(500 + 300 * Math.cos(i / 20)),
      Math.round(500 + 300 * Math.sin(i / 20)),
    ]).flat();
    const simple = simplify(circle);
    expect(simple.length).toBeLessThan(circle.length / 2);
    for (let i = 0; i < circle.length; i += 2) {
      const nearest = Math.min(
        ...segments(simple).map((segment) => distance(segment, circle.slice(i, i + 2))),
      );
      expect(nearest).toBeLessThanOrEqual(1.001);
    }
  });

  const segments = (points: Stroke["points"]) =>
    Array.from({ length: points.length / 2 - 1 }, (_, i) => points.slice(i * 2, i * 2 + 4));

  /** The distance of a point from a segment, by brute force. */
  function distance(
    [ax = 0, ay = 0, bx = 0, by = 0]: readonly number[],
    [x = 0, y = 0]: readonly number[],
  ): number {
    let nearest = Infinity;
    for (let t = 0; t <= 1; t += 1 / 256) {
      nearest = Math.min(nearest, Math.hypot(x - (ax + t * (bx - ax)), y - (ay + t * (by - ay))));
    }
    return nearest;
  }
});
