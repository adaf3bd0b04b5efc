/**
 * The value that `JSON.stringify` would encode: the result of `toJSON`, if there is one. Byte strings stay.
 */
export function toJsonOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON(String(key)) : value;
}
