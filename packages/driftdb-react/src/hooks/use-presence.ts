import { type Others, PresenceListener } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { useOthers } from "../stores/use-others.js";

/** The options of {@link usePresence}. */
export interface UsePresenceOptions<T, S> {
  /**
   * Derives what the component needs from the others. The component renders when the result changes; plain
   * objects and arrays are compared one level deep. Default: all others.
   */
  readonly select?: ((others: Others<T>) => S) | undefined;
  /** Whether this client is among the others, as the room sees it. Default false. */
  readonly self?: boolean | undefined;
  /** Milliseconds within which only the first and the last of several values are sent. Default 20. */
  readonly minPresenceInterval?: number | undefined;
}

/**
 * Returns who else is here, and what each of them shows: a cursor, a name, a selection.
 *
 * The server knows who is connected. A client that disconnects disappears immediately, one whose tab was
 * closed after 2 s, one that was lost after 15 s. A client that reloads or reconnects within that time never
 * disappears.
 *
 * @param key - The name of the presence within the room. The hook follows a changed key in the same render.
 * @param value - The JSON value that this client shows; undefined to show nothing, and only look. All
 *   components of a page that use a key are one presence, which shows the value that changed last. A value
 *   that cannot be sent is reported to the provider's `onError`, and the value before it stays.
 * @param options - A selector, and more.
 * @returns The others by client id, each a `{value, seq}`, or the result of `select`. On the server,
 *   it is empty.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { usePresence } from "driftdb-react";
 *
 * export function Names({ name }: { name: string }) {
 *   const others = usePresence("names", name);
 *   return Object.entries(others).map(([client, { value }]) => <p key={client}>{value} is here</p>);
 * }
 * ```
 */
export function usePresence<T, S = Others<T>>(
  key: string,
  value: T | undefined,
  options?: UsePresenceOptions<T, S>,
): S;
/** @internal With a schema. */
export function usePresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  options?: UsePresenceOptions<T, S>,
  schema?: StandardSchema<unknown, T>,
): S;
export function usePresence<T, S, Input>(
  key: string,
  value: Input | undefined,
  { select, self, minPresenceInterval }: UsePresenceOptions<T, S> = {},
  schema?: StandardSchema<unknown, T>,
): S {
  const db = useDatabaseFor("usePresence");
  const listener = useMemo(
    () => new PresenceListener<T, Input>({ db, key, self, minPresenceInterval, parse: parser(schema, key) }),
    [db, key, self, minPresenceInterval, schema],
  );
  return useOthers(db, listener, value, select);
}
