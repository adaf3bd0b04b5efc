import { type DbConnection, perFrame, type Store } from "driftdb";
import { useSyncExternalStore } from "react";

/**
 * Returns the value of a store, which React renders at most once a frame: see `perFrame` of `driftdb`.
 *
 * @param onServer - Returns the value for server rendering and hydration.
 * @param select - Derives what the component shows. Equal inputs must give the same output.
 */
export function useStore<T, S = T>(
  db: DbConnection,
  store: Store<T>,
  onServer: () => S,
  select: (value: T) => S = (value) => value as S & T,
): S {
  const view = perFrame(db, store);
  return useSyncExternalStore(view.subscribe, () => select(view.getSnapshot()), onServer);
}
