import type { ConnectionStatus, DbConnection, Message } from "driftdb";
import type { ReactElement } from "react";
import { expectTypeOf, test } from "vitest";
import {
  DriftDBProvider,
  type DriftDBProviderProps,
  RoomQRCode,
  StatusIndicator,
  useConnectionStatus,
  useDatabase,
  useLatency,
  useMessages,
  useSharedReducer,
  useSharedState,
  useSubscription,
  useUniqueClientId,
} from "../src/index.js";

type Move = { cell: number; player: "x" | "o" };
type Board = { cells: string[] };

/** This component is not rendered: the compiler checks it. */
export function Types(maybe: { room?: string }): ReactElement {
  const [count, setCount] = useSharedState("count", 0);
  expectTypeOf(count).toEqualTypeOf<number>();
  setCount(1);
  setCount((n) => n + 1);
  // @ts-expect-error: the key holds a number
  setCount("1");
  // @ts-expect-error: the function must return a number
  setCount((n) => `${n}`);

  const [name, setName] = useSharedState<string | null>("name", null);
  expectTypeOf(name).toEqualTypeOf<string | null>();
  setName(null);
  // @ts-expect-error: not one of the key's types
  setName(1);
  // @ts-expect-error: a key is a string
  useSharedState(1, 0);
  // @ts-expect-error: the initial value is missing
  useSharedState("count");

  const empty: Board = { cells: [] };
  const make = (size: number): Board => ({ cells: Array(size).fill("") });
  const reduce = (board: Board, _move: Move): Board => board;
  const [board, play] = useSharedReducer("board", reduce, empty);
  expectTypeOf(board).toEqualTypeOf<Board>();
  expectTypeOf(play).toEqualTypeOf<(action: Move) => void>();
  // @ts-expect-error: no such player
  play({ cell: 1, player: "z" });
  // @ts-expect-error: the initial state has another type
  useSharedReducer("board", reduce, 9);
  const [made] = useSharedReducer("board", reduce, 9, make);
  expectTypeOf(made).toEqualTypeOf<Board>();
  // @ts-expect-error: init's argument is the initial value
  useSharedReducer("board", reduce, "9", make);

  expectTypeOf(useMessages<Move>("moves")).toEqualTypeOf<readonly Message<Move>[]>();
  expectTypeOf(useMessages("moves")[0]?.value).toEqualTypeOf<unknown>();
  useSubscription<Move>("moves", ({ value, seq }) => {
    expectTypeOf(value).toEqualTypeOf<Move>();
    expectTypeOf(seq).toEqualTypeOf<number>();
  });
  useSubscription("moves", () => {}, { replay: undefined, onReset: undefined });
  expectTypeOf(useLatency()).toEqualTypeOf<number | null>();
  expectTypeOf(useConnectionStatus()).toEqualTypeOf<ConnectionStatus>();
  expectTypeOf(useDatabase()).toEqualTypeOf<DbConnection>();
  expectTypeOf(useUniqueClientId()).toEqualTypeOf<string>();

  return (
    <>
      {/* A prop that may be undefined can be passed on. */}
      <DriftDBProvider api="/db/" room={maybe.room} useBinary={undefined} onError={undefined}>
        text and <StatusIndicator /> <RoomQRCode url={maybe.room} className={undefined} style={undefined} />
      </DriftDBProvider>
      {/* @ts-expect-error: the api is missing */}
      <DriftDBProvider room="r" />
    </>
  );
}

test("the provider's props", () => {
  expectTypeOf<DriftDBProviderProps["api"]>().toEqualTypeOf<string>();
  expectTypeOf<DriftDBProviderProps["room"]>().toEqualTypeOf<string | undefined>();
});
