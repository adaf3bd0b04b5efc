import type { DbConnection, Store } from "driftdb";
import { useSyncExternalStore } from "react";

/** From when what the room has said was rendered to when the next of it is, in milliseconds. */
const FRAME = 16;

/** What is to be called at the end of the frame. */
const due = new Set<() => void>();
/** When the frame ends, of a clock that never goes back. */
let ends = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Since when it is to end with this task; long ago if it is not. */
let soon = -FRAME;

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const call of due) {
    due.delete(call);
    call();
  }
}

function endFrame(): void {
  soon = -FRAME;
  flush();
  // Once React has rendered, so that a page whose renders take longer than a frame gets on.
  queueMicrotask(() => {
    ends = performance.now() + FRAME;
  });
}

/** Calls a function once, with all others of this frame: at the end of this task, if there was none for a frame. */
function inFrame(call: () => void): void {
  due.add(call);
  const now = performance.now();
  if (now < ends) {
    timer ??= setTimeout(endFrame, ends - now);
  } else if (now >= soon + FRAME) {
    // Not for each call; but again after a while, since a test's clock may have lost it.
    soon = now;
    queueMicrotask(endFrame);
  }
}

/** As much of a store as React asks for. */
interface Source<T> extends Pick<Store<T>, "getSnapshot"> {
  subscribe(onChange: () => void): () => void;
}

const shown = new WeakMap<Source<unknown>, Source<unknown>>();

/**
 * What components show of a store: what it was at the end of the last frame, whoever asks and why, so that one that
 * renders in the middle of a frame for reasons of its own shows what all others do.
 */
function shownOf<T>(db: DbConnection, store: Source<T>): Source<T> {
  const listeners = new Set<() => void>();
  let value: T;
  let undo: () => void;
  const show = () => {
    value = store.getSnapshot();
    for (const listener of listeners) listener();
  };
  return {
    getSnapshot: () => (listeners.size ? value : store.getSnapshot()),
    subscribe(listener) {
      if (!listeners.size) {
        db.soon = inFrame;
        undo = store.subscribe(() => {
          if (db.link.receiving) return inFrame(show);
          // What it shows then must not be newer than what others show.
          flush();
          show();
        });
        value = store.getSnapshot();
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size) return;
        undo();
        due.delete(show);
        // No timer is left behind.
        if (!due.size) flush();
      };
    },
  };
}

/**
 * The present value of a store. What the user does is shown at once. What comes from the room is, too, if nothing came
 * for a frame, and else at the frame's end, for all components in one render: each message is a task of its own, in
 * which React would render.
 *
 * @param onServer - What it is there, and while hydrating.
 * @param select - Makes of it what is shown, the same of the same.
 */
export function useStore<T, S = T>(
  db: DbConnection,
  store: Source<T>,
  onServer: () => S,
  select: (value: T) => S = (value) => value as S & T,
): S {
  const source = (shown.get(store) ?? shownOf(db, store)) as Source<T>;
  shown.set(store, source);
  return useSyncExternalStore(source.subscribe, () => select(source.getSnapshot()), onServer);
}
