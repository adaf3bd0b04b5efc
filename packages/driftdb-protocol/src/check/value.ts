import { ERROR_BAD_VALUE } from "../error-codes.js";
import { FrameError } from "../errors.js";
import { MAX_DEPTH } from "../limits.js";
import { toJsonOf } from "../to-json.js";
import { cut } from "./describe-value.js";

/**
 * Checks a value (M2): JSON other than `null`, or byte strings (P7), with finite numbers, at most 64 levels
 * deep. An undefined field counts as absent.
 *
 * @returns whether the value contains a byte string, which JSON encodes as an array of numbers.
 * @throws {FrameError} `bad_value` with the path of the fault.
 */
export function checkValue(value: unknown): boolean {
  const root = toJsonOf(value, "value");
  if (root === undefined) throw bad("value is missing: send any JSON value but null");
  if (root === null) throw bad('value must not be null: wrap it, as in {"v": null}');
  return walk(root, MAX_DEPTH, []);
}

function walk(value: unknown, levels: number, path: (string | number)[]): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return false;
    case "number":
      if (Number.isFinite(value)) return false;
      throw bad(`${name(path)} is ${value}: numbers must be finite`);
    case "object":
      break;
    default:
      throw bad(`${name(path)} is a ${typeof value}, which JSON cannot say: convert it first`);
  }
  if (value === null) return false;
  if (levels === 0) {
    throw bad(`value is more than ${MAX_DEPTH} levels deep: make it flatter`);
  }
  if (ArrayBuffer.isView(value)) return true;

  const list = Array.isArray(value);
  const keys = list ? value.keys() : Object.keys(value);
  if (!list && (keys as string[]).length === 0) checkPlain(value, path);
  let bytes = false;
  for (const key of keys) {
    path.push(key);
    const item = toJsonOf((value as Record<string | number, unknown>)[key], key);
    if (walk(item, levels - 1, path)) bytes = true;
    path.pop();
  }
  return bytes;
}

/** Refuses a Map, a Set or an ArrayBuffer: JSON writes `{}` for them, and silently loses their contents. */
function checkPlain(value: object, path: (string | number)[]): void {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (kind !== "Object") throw bad(`${name(path)} is a ${kind}, which JSON cannot say: convert it first`);
}

function name(path: (string | number)[]): string {
  return cut(["value", ...path].join("."), 120);
}

function bad(message: string): FrameError {
  return new FrameError(ERROR_BAD_VALUE, message);
}
