/** How often the clock is looked at, in milliseconds, and how much later than that counts as a jump (S11). */
const LOOK = 2_000;
const JUMP = 5_000;

/**
 * Tells when the page, or the machine that it is on, wakes up: the network comes, the page is shown, or the wall clock
 * has moved on by more than timers say, as it does when a laptop has slept. And when the network goes.
 *
 * @returns the undo.
 */
export function watchPageEvents(tell: (event: "wake" | "offline") => void): () => void {
  const look = (event?: Event) => {
    if (event?.type === "offline") tell("offline");
    // A hidden page is nobody's hurry, and its timers are late as a rule.
    else if (!globalThis.document?.hidden) tell("wake");
  };

  let looked = Date.now();
  const timer = setInterval(() => {
    const late = Date.now() - looked - LOOK;
    looked = Date.now();
    if (late > JUMP) look();
  }, LOOK);

  const each = (method: "addEventListener" | "removeEventListener") => {
    for (const event of ["online", "offline", "pageshow", "visibilitychange"]) {
      globalThis[method]?.(event, look);
    }
  };
  each("addEventListener");
  return () => {
    clearInterval(timer);
    each("removeEventListener");
  };
}
