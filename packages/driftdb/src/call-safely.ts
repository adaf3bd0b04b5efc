/** Calls a function of somebody else, and tells another what it throws. */
export function callSafely(call: () => unknown, report: (error: unknown) => void): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
