/** An invariant that does not hold. Its message begins with the invariant's id. */
export class Violation extends Error {
  /** The first violation of a run. The code under test may catch violations that are thrown inside it. */
  static first: Violation | undefined;
}

/** @throws {Violation} always. */
export function violated(invariant: string, what: string): never {
  const violation = new Violation(`${invariant}: ${what}`);
  Violation.first ??= violation;
  throw violation;
}

/**
 * Runs a check inside the code under test: a violation ends the run after the current step, not that code.
 */
export function note(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
  }
}
