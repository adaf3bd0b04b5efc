/** Something that is to be done at the end of a turn of the event loop. */
export interface Due {
  flush(): void;
}

let dues: Due[] = [];

/** Flushes something at the end of the present turn of the event loop, after its microtasks. */
export function atEndOfTurn(due: Due): void {
  // A tick that a microtask asks for comes after all microtasks.
  if (dues.push(due) === 1) queueMicrotask(() => process.nextTick(end));
}

function end(): void {
  const due = dues;
  dues = [];
  for (const one of due) one.flush();
}
