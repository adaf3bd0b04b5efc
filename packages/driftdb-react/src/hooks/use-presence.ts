import { type DbConnection, type Others, PresenceListener } from "driftdb";
import { useEffect, useMemo, useRef } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { shallowEqual } from "../stores/shallow-equal.js";
import { useStore } from "../stores/use-store.js";

/** What {@link usePresence} may be told beside. */
export interface PresenceOptions<T, S> {
  /** Makes of who is here what the component shows: it renders when that changes, plain objects and arrays one level deep. */
  readonly select?: ((others: Others<T>) => S) | undefined;
  /** Whether this client is among them, as the room sees it. Default false. */
  readonly self?: boolean | undefined;
  /** Of several values within so many milliseconds, the first and the last are sent. Default 20. */
  readonly minPresenceInterval?: number | undefined;
}

/**
 * Who else is here, and what each one shows of itself: a cursor, a name, a selection. The server knows who is here: a
 * client that disconnects is gone at once, one whose tab is closed after 2 s, and one that is lost after 15 s; one that
 * reloads or reconnects meanwhile has not been away.
 *
 * @param key - Names the presence within the room. A changed key is followed in the same render.
 * @param value - What this client shows of itself, as JSON; undefined to show nothing, and only look. All
 *   components of a page that use a key are one presence: the value that was changed last counts. A value that cannot
 *   be sent is reported to the provider's `onError`, and what was shown before stays.
 * @param options - A selector, and more.
 * @returns The others by client id, each a `{value, seq}`; or what `select` makes of them. Empty on the server.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function usePresence<T, S = Others<T>>(
  key: string,
  value: T | undefined,
  options?: PresenceOptions<T, S>,
): S;
/** @internal */
export function usePresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  options?: PresenceOptions<T, S>,
  schema?: StandardSchema<unknown, T>,
): S;
export function usePresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  { select, self, minPresenceInterval }: PresenceOptions<T, S> = {},
  schema?: StandardSchema<unknown, T>,
): S {
  const db = useDatabaseFor("usePresence");
  const listener = useMemo(
    () => new PresenceListener<T, Input>({ db, key, self, minPresenceInterval, parse: parser(schema, key) }),
    [db, key, self, minPresenceInterval, schema],
  );
  return useOthers(db, listener, value, select);
}

/** What there is of others, while a value is shown to them. */
export function useOthers<T, S, Input>(
  db: DbConnection,
  listener: PresenceListener<T, Input>,
  value: Input | undefined,
  select?: (others: Others<T>) => S,
): S {
  const last = useRef<unknown>(undefined);
  let from: Others<T> | undefined;
  let selected: unknown;
  // Once for each render and change: what a selector makes may be new each time, and not be comparable.
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
      // A value that cannot be shown is no reason to take the component down.
      if (!db.errorListener.dispatch(error as Error)) console.error(error);
    }
  }, [db, listener, value]);
  return shown;
}

const NOBODY: Others<never> = {};
