import { StateListener } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

/**
 * Sets a shared value: to a value, or to what a function makes of the newest one. Values are JSON; bytes too if
 * the provider has `useBinary`. `Input` is what is set, where a schema makes something else of it.
 */
export type SharedStateSetter<T, Input = T> = (value: Input | ((current: T) => Input)) => void;

/**
 * Like `useState`, with the value shared by everybody in the room. A set value shows at once and is sent within
 * 20 ms; offline it waits for the connection. If two clients set it at the same time, all end up with the same one.
 *
 * @param key - Names the value within the room. A changed key is followed in the same render.
 * @param initial - Shown until somebody in the room has set the value. It is not sent. As with `useState`, the one
 *   of the first render counts, here for each key.
 * @returns The value and its setter. The setter stays the same function while key and connection do, and always
 *   sets the key it came with.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: initial counts once for each key, so that `[]` can be written inline.
  const [listener, first, set] = useMemo(() => {
    const make = () => new StateListener<T, Input>({ db, key, parse: parser(schema, key) });
    const shared = sharedStore(db, `s${key}`, make, schema);
    const setter: SharedStateSetter<T, Input> = (value) =>
      shared.setStateOptimistic(
        isUpdater(value) ? (current) => value(current === undefined ? initial : current) : value,
      );
    return [shared, initial, setter];
  }, [db, key, schema]);
  const value = useStore(db, listener, () => undefined);
  return [value === undefined ? first : value, set];
}

/** A function is never a value: JSON has none. */
function isUpdater<T, Input>(value: Input | ((current: T) => Input)): value is (current: T) => Input {
  return typeof value === "function";
}
