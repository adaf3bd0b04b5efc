import { describe, expect, it } from "vitest";
import { checkValue } from "./value.js";

/** A value with so many arrays around it. */
function nested(levels: number, core: unknown): unknown {
  let value = core;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe("checkValue", () => {
  it("M2 takes any JSON value but null", () => {
    for (const value of ["", "a", 0, -1.5, true, false, [], {}, [null], { a: null, b: { c: [1] } }]) {
      expect(checkValue(value)).toBe(false);
    }
    expect(() => checkValue(null)).toThrow("value must not be null");
    expect(() => checkValue(undefined)).toThrow("value is missing");
  });

  it("P7 says whether there is a byte string in it, however it is wrapped", () => {
    expect(checkValue(new Uint8Array(2))).toBe(true);
    expect(checkValue({ a: [1, { b: new Uint8Array() }], c: 1 })).toBe(true);
    expect(checkValue([Buffer.from("x"), 1])).toBe(true);
    expect(checkValue(new DataView(new ArrayBuffer(2)))).toBe(true);
  });

  it("names the path of what is wrong", () => {
    expect(() => checkValue({ a: [0, { b: Number.NaN }] })).toThrow("value.a.1.b is NaN");
    expect(() => checkValue([Number.POSITIVE_INFINITY])).toThrow("value.0 is Infinity");
    expect(() => checkValue({ id: 1n })).toThrow("value.id is a bigint");
    expect(() => checkValue({ onClick: () => {} })).toThrow("value.onClick is a function");
    expect(() => checkValue([Symbol("x")])).toThrow("value.0 is a symbol");
  });

  it("keeps the path short, however long the names in it are", () => {
    const name = "x".repeat(100_000);
    let message = "";
    try {
      checkValue({ [name]: { [name]: { [name]: Number.NaN } } });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain("numbers must be finite");
    expect(message.length).toBeLessThan(200);
  });

  it("refuses what JSON would turn into {} without a word", () => {
    expect(() => checkValue({ m: new Map([[1, 2]]) })).toThrow("value.m is a Map");
    expect(() => checkValue(new Set([1]))).toThrow("value is a Set");
    expect(() => checkValue([new ArrayBuffer(4)])).toThrow("value.0 is a ArrayBuffer");
    expect(() => checkValue(/x/)).toThrow("value is a RegExp");
  });

  it("takes objects of any class that have fields", () => {
    class Point {
      x = 1;
    }
    class Empty {}
    expect(checkValue([new Point(), new Empty(), Object.create(null)])).toBe(false);
  });

  it("looks at what toJSON says, as JSON.stringify does", () => {
    expect(checkValue(new Date(0))).toBe(false);
    expect(checkValue({ toJSON: "no function" })).toBe(false);
    expect(checkValue({ toJSON: () => new Uint8Array(1) })).toBe(true);
    expect(checkValue({ a: { toJSON: (name: string) => ({ name }) } })).toBe(false);
    expect(() => checkValue(new Date(Number.NaN))).toThrow("value must not be null");
    expect(() => checkValue({ a: { toJSON: () => [Number.NaN] } })).toThrow("value.a.0 is NaN");
    const self = { n: 1, toJSON: () => self };
    expect(() => checkValue(self)).toThrow("value.toJSON is a function");
  });

  it("lets an undefined field pass: it is not there on the wire", () => {
    expect(checkValue({ a: undefined, b: [undefined] })).toBe(false);
  });

  it("takes 64 levels and refuses 65, a byte string being one of them", () => {
    expect(checkValue(nested(64, 1))).toBe(false);
    expect(checkValue(nested(63, []))).toBe(false);
    expect(checkValue(nested(63, new Uint8Array(1)))).toBe(true);
    for (const tooDeep of [nested(65, 1), nested(64, []), nested(64, {}), nested(64, new Uint8Array(1))]) {
      expect(() => checkValue(tooDeep)).toThrow("more than 64 levels deep");
    }
  });

  it("ends on a value that contains itself", () => {
    const loop: { again?: unknown } = {};
    loop.again = loop;
    expect(() => checkValue(loop)).toThrow("more than 64 levels deep");
  });
});
