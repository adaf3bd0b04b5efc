/** How often the clock is looked at, and by how much later than that it has jumped, in milliseconds (S11). */
const LOOK_EVERY = 2_000;
const JUMP = 5_000;

const EVENTS = ["online", "offline", "pageshow", "visibilitychange"];

/**
 * Tells when the page, or its machine, wakes up: the network comes back, the page is shown, or the wall clock
 * has moved on by more than timers say, as it does while a laptop sleeps. And when the network goes.
 *
 * @returns the undo.
 */
export function watchPageEvents(dispatch: (event: "wake" | "offline") => void): () => void {
  const look = (event?: Event) => {
    if (event?.type === "offline") dispatch("offline");
    // The timers of a hidden page are late as a rule, and its user waits for nothing.
    else if (!globalThis.document?.hidden) dispatch("wake");
  };

  let looked = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - looked > LOOK_EVERY + JUMP) look();
    looked = now;
  }, LOOK_EVERY);

  for (const name of EVENTS) globalThis.addEventListener?.(name, look);
  return () => {
    clearInterval(timer);
    for (const name of EVENTS) globalThis.removeEventListener?.(name, look);
  };
}
