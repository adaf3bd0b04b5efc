/** Calls a function that is not ours, and passes what it throws to `report`. */
export function callSafely(call: () => unknown, report: (error: unknown) => void = console.error): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
