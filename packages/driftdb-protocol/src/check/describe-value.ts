/** Describes an unknown value in an error message: enough to recognise it, at most 40 characters of it. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(cut(value, 40));
  if (typeof value !== "object" || value === null) return cut(String(value), 40);
  if (ArrayBuffer.isView(value)) return "a byte string";
  return Array.isArray(value) ? "an array" : "an object";
}

/** The first `length` characters of a text, with "…" where it is longer. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
