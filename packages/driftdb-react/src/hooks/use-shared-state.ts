import { StateListener } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

/**
 * Sets a shared value: to a value, or to the result of a function of the newest one. Values are JSON, and may
 * hold bytes if the provider has `useBinary`. `Input` is the type that is set, where a schema turns it into
 * another one.
 */
export type SharedStateSetter<T, Input = T> = (value: Input | ((current: T) => Input)) => void;

/**
 * Like `useState`, with a value that everybody in the room shares. A new value shows immediately and is sent
 * within 20 ms; offline, it waits for the connection. If two clients set the value at the same time, all
 * clients end up with the same one.
 *
 * @param key - The name of the value within the room. The hook follows a changed key in the same render.
 * @param initial - Shown until a client sets the value. It is not sent. As with `useState`, the first
 *   render's value counts, here for each key.
 * @returns The value and its setter. The setter stays the same function while key and connection do, and
 *   always sets the key that it was returned for.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useSharedState } from "driftdb-react";
 *
 * export function Slider() {
 *   const [value, setValue] = useSharedState("slider", 50);
 *   return <input type="range" value={value} onChange={(event) => setValue(event.target.valueAsNumber)} />;
 * }
 * ```
 */
export function useSharedState<T>(key: string, initial: T): [T, SharedStateSetter<T>];
/** @internal With a schema: the same object in each render. */
export function useSharedState<T, Input>(
  key: string,
  initial: T,
  schema: StandardSchema<unknown, T> | undefined,
): [T, SharedStateSetter<T, Input>];
export function useSharedState<T, Input>(
  key: string,
  initial: T,
  schema?: StandardSchema<unknown, T>,
): [T, SharedStateSetter<T, Input>] {
  const db = useDatabaseFor("useSharedState");
  // biome-ignore lint/correctness/useExhaustiveDependencies: it may be inline; the first one counts.
  const [listener, first, set] = useMemo(() => {
    const create = () => new StateListener<T, Input>({ db, key, parse: parser(schema, key) });
    const shared = sharedStore(db, `s${key}`, create, schema);
    const setter: SharedStateSetter<T, Input> = (value) => {
      // A function is an updater: JSON has no functions.
      const update = value as (current: T) => Input;
      shared.setStateOptimistic(
        typeof value === "function" ? (current) => update(current === undefined ? initial : current) : value,
      );
    };
    return [shared, initial, setter];
  }, [db, key, schema]);
  const value = useStore(db, listener, () => undefined);
  return [value === undefined ? first : value, set];
}
