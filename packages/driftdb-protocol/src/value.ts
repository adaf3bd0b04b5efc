import { FrameError } from "./errors.js";
import { MESSAGE_LIMITS } from "./limits.js";

/**
 * Checks that a value is what M2 allows: any JSON value but `null`, byte strings beside (P7),
 * finite numbers only, at most 64 levels deep.
 *
 * @returns whether there is a byte string in it, which JSON has to spell as an array of numbers.
 * @throws {FrameError} `bad_value`, with the path of what is wrong.
 */
export function checkValue(value: unknown): boolean {
  if (value === undefined) throw bad("value is missing: send any JSON value but null");
  if (value === null) throw bad('value must not be null: wrap it, as in {"v": null}');
  return walk(value, MESSAGE_LIMITS.depth, []);
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
  if (ArrayBuffer.isView(value)) return true;
  if (levels === 0) {
    throw bad(`value is more than ${MESSAGE_LIMITS.depth} levels deep: make it flatter`);
  }
  let bytes = false;
  const list = Array.isArray(value);
  for (const key of list ? value.keys() : Object.keys(value)) {
    path.push(key);
    if (walk((value as Record<string | number, unknown>)[key], levels - 1, path)) bytes = true;
    path.pop();
  }
  return bytes;
}

function name(path: (string | number)[]): string {
  return ["value", ...path].join(".");
}

function bad(message: string): FrameError {
  return new FrameError("bad_value", message);
}
