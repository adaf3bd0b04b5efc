/** Whether two values are the same, or are plain objects or arrays whose entries are the same. */
export function shallowEqual(a: unknown, b: unknown): boolean {
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return Object.is(a, b);
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => name in b && Object.is(a[name], b[name]))
  );
}

/** Whether entries say all about a value, other than about a Map or a Date. */
function isPlain(value: unknown): value is Record<string, unknown> {
  // `null` and `undefined` have no prototype to ask for: they count as what they are not, a boolean.
  const prototype = Object.getPrototypeOf(value ?? false);
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype;
}
