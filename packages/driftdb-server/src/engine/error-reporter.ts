/** Reports an error that no client can be answered with. */
export type ErrorReporter = (error: Error) => void;

/**
 * The `onError` of an application, made safe to call anywhere: an error that it throws goes to the console.
 *
 * @param onError default `console.error`.
 */
export function errorReporter(onError: ErrorReporter = console.error): ErrorReporter {
  return (error) => {
    try {
      onError(error);
    } catch (thrown) {
      console.error("onError threw an error:", thrown, "It was called with:", error);
    }
  };
}
