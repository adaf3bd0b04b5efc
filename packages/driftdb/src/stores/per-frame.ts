import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import { cancelFrame, flushFrame, scheduleFrame } from "../observable/frame-scheduler.js";
import type { Store } from "../observable/store.js";
import { updateSchedulers } from "./update-scheduler.js";

const views = new WeakMap<Store<unknown>, Store<unknown>>();

/**
 * Returns a view of a store for user interfaces, which changes at most once a frame (16 ms) however much the
 * room sends: ten thousand messages cost a few renders. All views of a page change together, so that
 * components never show half of the messages that have arrived. Changes by this client show immediately.
 *
 * `driftdb-react` uses it for all hooks. From the first `subscribe` to a view on, `Reducer` and `MessageList`
 * of the same connection gather messages for a frame too, instead of for a microtask.
 *
 * @param db - The connection of the store.
 * @param store - A store of the connection, such as a StateListener, or one of your own that follows it.
 * @returns The view: a store, which follows the other one while it has listeners. The same store has one
 *   view.
 *
 * @example
 * ```ts
 * import { DbConnection, perFrame, StateListener } from "driftdb";
 *
 * const db = new DbConnection();
 * const slider = perFrame(db, new StateListener<number>({ db, key: "slider" }));
 * const stop = slider.subscribe((value) => console.log(`render ${value}`));
 * ```
 */
export function perFrame<T>(db: DbConnection, store: Store<T>): Store<T> {
  const view = (views.get(store) ?? createView(db, store)) as Store<T>;
  views.set(store, view);
  return view;
}

function createView<T>(db: DbConnection, store: Store<T>): Store<T> {
  const listeners = new Set<() => void>();
  /**
   * The last snapshot of all listeners, so that a component that renders within a frame shows the same as
   * the others.
   */
  let value: T;
  let stop: () => void;

  const show = () => {
    value = store.getSnapshot();
    for (const listener of listeners) callSafely(listener);
  };

  const changed = () => {
    if (db.session.link.receiving) return scheduleFrame(show);
    // The other views still show the snapshot of the last frame. This one must not be ahead of them.
    flushFrame();
    show();
  };

  return {
    getSnapshot: () => (listeners.size ? value : store.getSnapshot()),
    subscribe(listener) {
      if (!listeners.size) {
        updateSchedulers.set(db, scheduleFrame);
        stop = store.subscribe(changed);
        show();
      }
      const notify = () => listener(value);
      listeners.add(notify);
      notify();
      return () => {
        if (!listeners.delete(notify) || listeners.size) return;
        stop();
        cancelFrame(show);
      };
    },
  };
}
