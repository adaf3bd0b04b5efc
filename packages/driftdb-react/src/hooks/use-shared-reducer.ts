import { Reducer } from "driftdb";
import { useInsertionEffect, useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

/** The schemas of actions, and of the state that a stream was compacted to. */
interface ReducerSchemas<State, Action> {
  readonly action: StandardSchema<unknown, Action>;
  readonly state?: StandardSchema<unknown, State>;
}

/**
 * Like `useReducer`, with actions that everybody in the room shares. Each client applies the same actions in
 * the same order, with its own unconfirmed actions on top.
 *
 * @param key - The name of the stream of actions within the room. The hook follows a changed key in the same
 *   render.
 * @param reducer - Returns the next state for a state and an action. It must be pure, and the same in all
 *   clients. It may be written inline: the newest one is used.
 * @param initial - The state before the first action. As with `useReducer`, the first render's value counts,
 *   here for each key: components with the same key share one state.
 * @returns The state and `dispatch`. `dispatch` applies an action immediately and sends it; offline, the
 *   action waits for the connection. It stays the same function while key and connection do.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useSharedReducer } from "driftdb-react";
 *
 * export function Counter() {
 *   const [count, add] = useSharedReducer("count", (sum: number, n: number) => sum + n, 0);
 *   return <button onClick={() => add(1)}>{count}</button>;
 * }
 * ```
 */
export function useSharedReducer<State, Action>(
  key: string,
  reducer: (state: State, action: Action) => State,
  initial: State,
): [State, (action: Action) => void];
/**
 * Like `useReducer` with an initialiser, with actions that everybody in the room shares.
 *
 * @param key - The name of the stream of actions within the room. The hook follows a changed key in the same
 *   render.
 * @param reducer - Returns the next state for a state and an action. It must be pure, and the same in all
 *   clients. It may be written inline: the newest one is used.
 * @param initial - The argument of `init`.
 * @param init - Returns the state before the first action. It is called once for each key.
 * @returns The state and `dispatch`.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useSharedReducer } from "driftdb-react";
 *
 * const emptyBoard = (cells: number): string[] => Array(cells).fill("");
 * const mark = (board: string[], cell: number) => board.map((was, i) => (i === cell ? "x" : was));
 *
 * export function Board() {
 *   const [board, move] = useSharedReducer("board", mark, 9, emptyBoard);
 *   return <button onClick={() => move(4)}>{board.join("|")}</button>;
 * }
 * ```
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
  const create = () => {
    const initialValue = init ? init(initial) : initial;
    const store: Reducer<State, Action, Input> = new Reducer({
      db,
      key,
      reducer: (state, action): State => shared.reducer(state, action),
      initialValue,
      parse: parser(schemas?.action, key),
      parseState: parser(schemas?.state, key),
    });
    const shared = { reducer, initialValue, store, destroy: () => store.destroy() };
    return shared;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: both may be inline; the first ones count.
  const shared = useMemo(() => sharedStore(db, `r${key}`, create, schemas), [db, key, schemas]);
  const { store, initialValue } = shared;
  // Set on commit, before all other effects, so that an abandoned render leaves no trace.
  useInsertionEffect(() => {
    shared.reducer = reducer;
  });
  return [useStore(db, store, () => initialValue), store.dispatch];
}
