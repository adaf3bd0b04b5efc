import { afterEach, expect, it, vi } from "vitest";
import { Emitter } from "./emitter.js";

afterEach(() => vi.restoreAllMocks());

it("calls each function until it is removed", () => {
  const emitter = new Emitter<number>();
  const seen: string[] = [];
  const undo = emitter.addListener((n) => seen.push(`a${n}`));
  const b = (n: number) => seen.push(`b${n}`);
  emitter.addListener(b);
  emitter.addListener(b);
  emitter.dispatch(1);
  undo();
  undo();
  emitter.dispatch(2);
  emitter.removeListener(b);
  expect(emitter.dispatch(3)).toBe(false);
  expect(seen).toEqual(["a1", "b1", "b2"]);
});

it("calls the others when one throws, and logs the error", () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const emitter = new Emitter<void>();
  const other = vi.fn();
  const error = new Error("mine");
  emitter.addListener(() => {
    throw error;
  });
  emitter.addListener(other);
  expect(emitter.dispatch()).toBe(true);
  expect(other).toHaveBeenCalledOnce();
  expect(log).toHaveBeenCalledWith(error);
});

it("calls the functions that were present at the start", () => {
  const emitter = new Emitter<void>();
  const late = vi.fn();
  emitter.addListener(() => emitter.addListener(late));
  emitter.dispatch();
  expect(late).not.toHaveBeenCalled();
});
