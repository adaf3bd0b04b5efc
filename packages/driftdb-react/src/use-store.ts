import type { DbConnection, Store } from "driftdb";
import { useCallback, useSyncExternalStore } from "react";

/** From when what the room has said was rendered to when the next of it is, in milliseconds. */
const FRAME = 16;

/** What is to be called at the end of the frame. */
let due = new Set<() => void>();
/** When the frame ends, of a clock that never goes back. */
let ends = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function flush(): void {
  clearTimeout(timer);
  const calls = due;
  due = new Set();
  for (const call of calls) call();
}

function endFrame(): void {
  flush();
  // Once React has rendered, so that a page whose renders take longer than a frame gets on.
  queueMicrotask(() => {
    ends = performance.now() + FRAME;
  });
}

/** Calls a function once, with all others of this frame: at the end of this task, if there was none for a frame. */
function inFrame(call: () => void): void {
  if (!due.size) {
    const wait = ends - performance.now();
    if (wait > 0) timer = setTimeout(endFrame, wait);
    else queueMicrotask(endFrame);
  }
  due.add(call);
}

/**
 * The present value of a store. What the user does is shown at once. What comes from the room is, too, if nothing came
 * for a frame, and else at the frame's end, for all components in one render: each message is a task of its own, in
 * which React would render.
 *
 * @param onServer - What it is there, and while hydrating.
 */
export function useStore<T>(
  db: DbConnection,
  { subscribe, getSnapshot }: Pick<Store<T>, "getSnapshot"> & { subscribe(onChange: () => void): () => void },
  onServer: () => T,
): T {
  const follow = useCallback(
    (onChange: () => void) => {
      db.soon = inFrame;
      const undo = subscribe(() => {
        if (db.link.receiving) return inFrame(onChange);
        // What it shows then must not be newer than what others show.
        flush();
        onChange();
      });
      return () => {
        undo();
        due.delete(onChange);
        // No timer is left behind.
        if (!due.size) flush();
      };
    },
    [db, subscribe],
  );
  return useSyncExternalStore(follow, getSnapshot, onServer);
}
