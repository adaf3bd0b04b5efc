import { callSafely } from "../call-safely.js";

/** Milliseconds from the end of one frame to the end of the next. */
const FRAME = 16;

const scheduled = new Set<() => void>();
/** When the frame ends, in milliseconds of `performance.now()`, a clock that never goes back. */
let frameEnd = 0;
/** Ends the frame, while calls wait for it. */
let timer: ReturnType<typeof setTimeout> | undefined;
/** When a microtask was queued that ends the frame; long ago if there is none. */
let queuedAt = -Infinity;

/**
 * Schedules a call for the end of the frame, where it runs together with all other calls of the page, in the
 * order in which they were scheduled. A frame lasts 16 ms. If the last one is over, the calls run when the
 * current task ends, so that a single change shows immediately; until 16 ms after that, further calls wait
 * and run together.
 *
 * The views of {@link perFrame} change in the same moment. Use it to redraw after `db.subscribe`: however
 * many messages a burst has, the page draws once a frame.
 *
 * @param call - Runs once, however often it is scheduled before the frame ends. If it throws, the error goes
 *   to `console.error`, and the other calls run.
 *
 * @example
 * ```ts
 * import { DbConnection, scheduleFrame } from "driftdb";
 *
 * const db = new DbConnection();
 * const points: unknown[] = [];
 * const draw = () => console.log(`draw ${points.length} points`);
 *
 * db.subscribe("points", ({ value }) => {
 *   points.push(value);
 *   scheduleFrame(draw);
 * });
 * ```
 */
export function scheduleFrame(call: () => void): void {
  scheduled.add(call);
  const now = performance.now();
  if (now < frameEnd) {
    timer ??= setTimeout(endFrame, frameEnd - now);
  } else if (now >= queuedAt + FRAME) {
    // One microtask for all calls of a task. A second one after a frame's time: a fake clock may have
    // swallowed the first.
    queuedAt = now;
    queueMicrotask(endFrame);
  }
}

/**
 * Cancels a call that {@link scheduleFrame} has scheduled. Does nothing if there is none.
 *
 * @param call - The same function that was scheduled.
 *
 * @example
 * ```ts
 * import { cancelFrame, scheduleFrame } from "driftdb";
 *
 * const draw = () => console.log("draw");
 * scheduleFrame(draw);
 * cancelFrame(draw);
 * ```
 */
export function cancelFrame(call: () => void): void {
  scheduled.delete(call);
  if (!scheduled.size) flushFrame();
}

/**
 * Runs all scheduled calls now. The frame does not end by it: calls scheduled later still wait for its end.
 */
export function flushFrame(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const call of scheduled) {
    scheduled.delete(call);
    callSafely(call);
  }
}

function endFrame(): void {
  queuedAt = -Infinity;
  flushFrame();
  // The next frame begins after React has rendered, which it does in a microtask that the calls have queued.
  // A page whose renders take longer than a frame then still gets to run other tasks.
  queueMicrotask(() => {
    frameEnd = performance.now() + FRAME;
  });
}
