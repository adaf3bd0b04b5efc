/** Calls a function of the application. Errors that it throws go to `report`. */
export function callSafely(call: () => unknown, report: (error: unknown) => void = console.error): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
