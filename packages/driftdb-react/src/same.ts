/** Whether two values are the same, or are plain objects, or arrays, of the same things. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  const kind = {}.toString.call(a);
  // Of others, such as a Map, their entries do not tell.
  if (!/Object]|Array]/.test(kind) || kind !== {}.toString.call(b)) return false;
  const [left, right] = [Object.entries(a as object), new Map(Object.entries(b as object))];
  return (
    left.length === right.size &&
    left.every(([name, value]) => right.has(name) && Object.is(value, right.get(name)))
  );
}
