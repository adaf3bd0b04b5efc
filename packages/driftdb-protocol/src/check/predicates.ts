/** A frame of which nothing is known yet. */
export type UnknownFrame = Partial<Record<string, unknown>>;

export function isText(value: unknown): boolean {
  return typeof value === "string";
}

export function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

/** Whether it is a whole number from 0 on, such as a seq. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a field is missing or passes the check. */
export function isOptional(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || is(value);
}
