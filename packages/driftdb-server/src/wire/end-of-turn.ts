/** Has something to write at the end of a turn of the event loop. */
export interface Flushable {
  flush(): void;
}

let scheduled: Flushable[] = [];

/** Flushes at the end of the present turn of the event loop, after its microtasks. */
export function atEndOfTurn(flushable: Flushable): void {
  // Node runs a tick that a microtask schedules after all microtasks.
  if (scheduled.push(flushable) === 1) queueMicrotask(() => process.nextTick(flushAll));
}

function flushAll(): void {
  const flushables = scheduled;
  scheduled = [];
  for (const flushable of flushables) flushable.flush();
}
