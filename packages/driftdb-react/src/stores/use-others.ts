import type { DbConnection, Others, PresenceListener } from "driftdb";
import { useEffect, useRef } from "react";
import { reportTo } from "./report-to.js";
import { shallowEqual } from "./shallow-equal.js";
import { useStore } from "./use-store.js";

const NOBODY: Others<never> = {};

/** Shows a value to the others, and returns what the component needs to know of them. */
export function useOthers<T, S, Input>(
  db: DbConnection,
  listener: PresenceListener<T, Input>,
  value: Input | undefined,
  select?: (others: Others<T>) => S,
): S {
  const last = useRef<unknown>(undefined);
  let from: Others<T> | undefined;
  let selected: unknown;
  // Runs the selector once for each render and change: each run may return a new object, such as one that
  // holds a Map, which React could not compare.
  const selection = (others: Others<T>): S => {
    if (others !== from) {
      selected = select ? select(others) : others;
      if (shallowEqual(selected, last.current)) selected = last.current;
      last.current = selected;
      from = others;
    }
    return selected as S;
  };
  const shown = useStore(db, listener, () => selection(NOBODY), selection);
  useEffect(() => {
    try {
      listener.updateState(value);
    } catch (error) {
      // A bad value must not take the component down.
      reportTo(db, error);
    }
  }, [db, listener, value]);
  return shown;
}
