import { Reducer } from "driftdb";
import { useInsertionEffect, useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

/** What an action, and a state that a stream was compacted to, must be. */
interface ReducerSchemas<State, Action> {
  readonly action: StandardSchema<unknown, Action>;
  readonly state?: StandardSchema<unknown, State>;
}

/**
 * Like `useReducer`, with the actions shared by everybody in the room: each client folds the same actions in the
 * same order, its own unconfirmed ones on top. The reducer must be pure, and the same in all clients.
 *
 * @param key - Names the stream of actions within the room. A changed key is followed in the same render.
 * @param reducer - Makes the next state of a state and an action. It may be written inline: the newest one is used.
 * @param initial - The state before the first action. As with `useReducer`, the one of the first render counts, here
 *   for each key: components that use the same key share one state.
 * @returns The state and `dispatch`, which shows an action at once and sends it; offline it waits for the connection.
 *   `dispatch` stays the same function while key and connection do.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useSharedReducer<State, Action>(
  key: string,
  reducer: (state: State, action: Action) => State,
  initial: State,
): [State, (action: Action) => void];
/**
 * Like `useReducer` with an initialiser, with the actions shared by everybody in the room.
 *
 * @param key - Names the stream of actions within the room. A changed key is followed in the same render.
 * @param reducer - Makes the next state of a state and an action. It may be written inline: the newest one is used.
 * @param initial - What `init` is given.
 * @param init - Makes the state before the first action; called once for each key.
 * @returns The state and `dispatch`.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useSharedReducer<State, Action, Initial>(
  key: string,
  reducer: (state: State, action: Action) => State,
  initial: Initial,
  init: (initial: Initial) => State,
): [State, (action: Action) => void];
/** @internal With schemas: the same object in each render. */
export function useSharedReducer<State, Action, Input>(
  key: string,
  reducer: (state: State, action: Action) => State,
  initial: State,
  init: ((initial: State) => State) | undefined,
  schemas: ReducerSchemas<State, Action> | undefined,
): [State, (action: Input) => void];
export function useSharedReducer<State, Action, Input>(
  key: string,
  reducer: (state: State, action: Action) => State,
  initial: State,
  init?: (initial: State) => State,
  schemas?: ReducerSchemas<State, Action>,
): [State, (action: Input) => void] {
  const db = useDatabaseFor("useSharedReducer");
  const make = () => {
    const initialValue = init ? init(initial) : initial;
    const parse = parser(schemas?.action, key);
    const parseState = parser(schemas?.state, key);
    const reduce = (state: State, action: Action): State => shared.reducer(state, action);
    const store: Reducer<State, Action, Input> = new Reducer({
      db,
      key,
      reducer: reduce,
      initialValue,
      parse,
      parseState,
    });
    const shared = { reducer, initialValue, store, destroy: () => store.destroy() };
    return shared;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: initial and init count once for each key, so that both can be written inline.
  const shared = useMemo(() => sharedStore(db, `r${key}`, make, schemas), [db, key, schemas]);
  const { store, initialValue } = shared;
  // When the render is committed, before any other effect, so that an abandoned render leaves no trace.
  useInsertionEffect(() => {
    shared.reducer = reducer;
  });
  return [useStore(db, store, () => initialValue), store.dispatch];
}
