/** Whether two values are the same, or are plain objects, or arrays, of the same things. */
export function shallowEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  const kind = {}.toString.call(a);
  // Of others, such as a Map, their entries do not tell.
  if (!/Object]|Array]/.test(kind) || kind !== {}.toString.call(b)) return false;
  const [left, right] = [a, b] as Record<string, unknown>[];
  const names = Object.keys(left as object);
  return (
    names.length === Object.keys(right as object).length &&
    names.every((name) => name in (right as object) && Object.is(left?.[name], right?.[name]))
  );
}
