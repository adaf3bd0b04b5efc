/** Enough of an unknown value to recognise it by in an error, never all of a large one. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(cut(value, 40));
  if (typeof value !== "object" || value === null) return cut(String(value), 40);
  if (ArrayBuffer.isView(value)) return "a byte string";
  return Array.isArray(value) ? "an array" : "an object";
}

/** The text, or its start if it is longer than so many characters. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
