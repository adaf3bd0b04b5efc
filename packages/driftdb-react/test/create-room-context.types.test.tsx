import { type } from "arktype";
import type { DbConnection, Message, Others, SyncStatus } from "driftdb";
import type { ReactElement } from "react";
import * as v from "valibot";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import * as driftdbReact from "../src/index.js";
import { createRoomContext, type RoomContext, type SharedStateSetter } from "../src/index.js";

type Move = { cell: number; player: "x" | "o" };
type Board = { cells: string[] };
interface Values {
  count: number;
  name: string | null;
  maybe?: string;
  mode: "light" | "dark";
}

const typed = createRoomContext<{
  state: Values;
  reducers: { board: { state: Board; action: Move }; log: { state: string; action: string } };
  presence: { cursor: { x: number }; name?: string };
  messages: { chat: string; move: Move };
}>();

const play = (board: Board, _move: Move): Board => board;
const empty: Board = { cells: [] };

/** None of these components is rendered: the compiler checks them. */
export function TypedState(): ReactElement {
  const [count, setCount] = typed.useSharedState("count", 0);
  expectTypeOf(count).toEqualTypeOf<number>();
  expectTypeOf(setCount).toEqualTypeOf<SharedStateSetter<number>>();
  setCount(1);
  setCount((n) => n + 1);
  // @ts-expect-error: the key holds a number
  setCount("1");
  // @ts-expect-error: the function must return a number
  setCount((n) => `${n}`);
  // @ts-expect-error: the function's argument is a number
  setCount((n: string) => n.length);
  // @ts-expect-error: the key holds no null
  setCount(null);
  // @ts-expect-error: undefined is not JSON
  setCount(undefined);
  // @ts-expect-error: the initial value is not the key's
  typed.useSharedState("count", "0");
  // @ts-expect-error: the initial value is missing
  typed.useSharedState("count");
  // @ts-expect-error: a misspelt key
  typed.useSharedState("cuont", 0);
  // @ts-expect-error: a key is a string
  typed.useSharedState(1, 0);
  // @ts-expect-error: a reducer's key
  typed.useSharedState("board", empty);
  // @ts-expect-error: not every string is a key
  typed.useSharedState("count" as string, 0);

  const [name, setName] = typed.useSharedState("name", null);
  expectTypeOf(name).toEqualTypeOf<string | null>();
  setName(null);
  setName("Ada");
  // @ts-expect-error: not one of the key's types
  setName(1);

  const [maybe, setMaybe] = typed.useSharedState("maybe", "");
  expectTypeOf(maybe).toEqualTypeOf<string>();
  // @ts-expect-error: a key may have no value, but cannot be set to undefined
  setMaybe(undefined);

  const [mode, setMode] = typed.useSharedState("mode", "dark");
  expectTypeOf(mode).toEqualTypeOf<"light" | "dark">();
  // @ts-expect-error: no such mode
  setMode("blue");
  return <>{count}</>;
}

export function TypedReducers(): ReactElement {
  const [board, dispatch] = typed.useSharedReducer("board", play, empty);
  expectTypeOf(board).toEqualTypeOf<Board>();
  expectTypeOf(dispatch).toEqualTypeOf<(action: Move) => void>();
  // @ts-expect-error: no such player
  dispatch({ cell: 1, player: "z" });
  // @ts-expect-error: half an action
  dispatch({ cell: 1 });
  typed.useSharedReducer(
    "board",
    (state, action) => {
      expectTypeOf(state).toEqualTypeOf<Board>();
      expectTypeOf(action).toEqualTypeOf<Move>();
      return { cells: [...state.cells, action.player] };
    },
    { cells: [] },
  );
  // @ts-expect-error: a misspelt key
  typed.useSharedReducer("bord", play, empty);
  // @ts-expect-error: a key of the shared state
  typed.useSharedReducer("count", play, empty);
  // @ts-expect-error: a reducer of other actions
  typed.useSharedReducer("board", (state: Board, _action: string) => state, empty);
  // @ts-expect-error: a reducer of another state
  typed.useSharedReducer("board", (state: number, _action: Move) => state, 0);
  // @ts-expect-error: the reducer must return a state
  typed.useSharedReducer("board", (_state, action) => action.cell, empty);
  // @ts-expect-error: the initial state has another type
  typed.useSharedReducer("board", play, 9);
  const make = (size: number): Board => ({ cells: Array(size).fill("") });
  const [made] = typed.useSharedReducer("board", play, 9, make);
  expectTypeOf(made).toEqualTypeOf<Board>();
  // @ts-expect-error: init's argument is the initial value
  typed.useSharedReducer("board", play, "9", make);
  // @ts-expect-error: init does not return a state
  typed.useSharedReducer("board", play, 9, (size: number) => size);
  const [log] = typed.useSharedReducer("log", (state, action) => state + action, "");
  expectTypeOf(log).toEqualTypeOf<string>();
  return <>{board.cells}</>;
}

export function TypedPresence(): ReactElement {
  const others = typed.usePresence("cursor", { x: 1 });
  expectTypeOf(others).toEqualTypeOf<Others<{ x: number }>>();
  expectTypeOf(typed.usePresence("cursor", undefined, { self: true })).toEqualTypeOf<Others<{ x: number }>>();
  const xs = typed.usePresence("cursor", undefined, {
    select: (all) => {
      expectTypeOf(all).toEqualTypeOf<Others<{ x: number }>>();
      return Object.values(all).map(({ value }) => value.x);
    },
  });
  expectTypeOf(xs).toEqualTypeOf<number[]>();
  expectTypeOf(typed.usePresence("name", "Ada")).toEqualTypeOf<Others<string>>();
  // @ts-expect-error: the key holds a point
  typed.usePresence("cursor", { x: "1" });
  // @ts-expect-error: the value for nothing is undefined
  typed.usePresence("cursor", null);
  // @ts-expect-error: the value is missing
  typed.usePresence("cursor");
  // @ts-expect-error: a misspelt key
  typed.usePresence("cusror", { x: 1 });
  // @ts-expect-error: a key of the shared state
  typed.usePresence("count", 1);
  // @ts-expect-error: a selector's argument is the others
  typed.usePresence("cursor", { x: 1 }, { select: (all: string) => all });
  // @ts-expect-error: a misspelt option
  typed.usePresence("cursor", { x: 1 }, { selct: () => 1 });
  return <>{xs}</>;
}

export function TypedMessages(): ReactElement {
  expectTypeOf(typed.useMessages("chat")).toEqualTypeOf<readonly Message<string>[]>();
  expectTypeOf(typed.useMessages("move")).toEqualTypeOf<readonly Message<Move>[]>();
  typed.useSubscription(
    "move",
    (message) => {
      expectTypeOf(message).toEqualTypeOf<Message<Move>>();
    },
    { replay: false, onReset: () => {} },
  );
  // @ts-expect-error: the array is readonly
  typed.useMessages("chat").push({ value: "", seq: 1 });
  // @ts-expect-error: a misspelt key
  typed.useMessages("chta");
  // @ts-expect-error: a key of the presence
  typed.useMessages("cursor");
  // @ts-expect-error: the messages are strings
  typed.useSubscription("chat", ({ value }: Message<number>) => value);
  // @ts-expect-error: a misspelt key
  typed.useSubscription("chta", () => {});
  return <>{typed.useMessages("chat").length}</>;
}

const onlyState = createRoomContext<{ state: { count: number } }>();
const onlyReducers = createRoomContext<{ reducers: { log: { state: string; action: string } } }>();
const nothing = createRoomContext();

export function AbsentParts(): ReactElement {
  const [count] = onlyState.useSharedState("count", 0);
  expectTypeOf<Parameters<typeof onlyState.useSharedReducer>[0]>().toBeNever();
  // @ts-expect-error: the room has no reducers
  onlyState.useSharedReducer("log", (state: string, action: string) => state + action, "");
  expectTypeOf<Parameters<typeof onlyReducers.useSharedState>[0]>().toBeNever();
  // @ts-expect-error: the room has no shared state
  onlyReducers.useSharedState("count", 0);
  // @ts-expect-error: the room has nothing
  nothing.useSharedState("count", 0);
  // @ts-expect-error: the room has no presence
  onlyState.usePresence("cursor", { x: 1 });
  // @ts-expect-error: the room has no messages
  onlyState.useMessages("chat");
  // @ts-expect-error: the room has no messages
  nothing.useSubscription("chat", () => {});
  return <>{count}</>;
}

export function WrongSchemas(): void {
  // @ts-expect-error: a misspelt part
  createRoomContext<{ state: { count: number }; reducer: object }>();
  // @ts-expect-error: a reducer also needs an action type
  createRoomContext<{ reducers: { board: { state: Board } } }>();
  // @ts-expect-error: a part is an object
  createRoomContext<{ state: string }>();
  // @ts-expect-error: a misspelt part
  createRoomContext({ state: { count: z.number() }, reducer: {} });
  // @ts-expect-error: a number is not a schema
  createRoomContext({ state: { count: 1 } });
  // @ts-expect-error: a presence needs a schema
  createRoomContext({ presence: { cursor: { x: 1 } } });
  // @ts-expect-error: messages need schemas
  createRoomContext({ messages: { chat: "text" } });
  // @ts-expect-error: a reducer needs its actions' schema
  createRoomContext({ reducers: { board: { state: z.string() } } });
}

const parsed = createRoomContext({
  state: {
    count: z.number(),
    name: v.nullable(v.string()),
    point: type({ x: "number", "label?": "string" }),
    // Components set a string, and show a date.
    due: z.string().transform((text) => new Date(text)),
    size: z.object({ width: z.number().default(1) }),
    optional: z.string().optional(),
  },
  reducers: {
    board: {
      action: z.object({ cell: z.number(), player: z.enum(["x", "o"]) }),
      state: v.object({ cells: v.array(v.string()) }),
    },
    log: { action: type("string | number") },
    trimmed: { action: v.pipe(v.string(), v.transform(Number)) },
  },
  presence: { cursor: z.object({ x: z.number() }), seen: z.string().transform((text) => new Date(text)) },
  messages: { chat: v.string(), size: v.pipe(v.string(), v.transform(Number)) },
});

export function ParsedState(): ReactElement {
  const [count, setCount] = parsed.useSharedState("count", 0);
  expectTypeOf(count).toEqualTypeOf<number>();
  expectTypeOf(setCount).toEqualTypeOf<SharedStateSetter<number>>();
  // @ts-expect-error: zod says that it is a number
  setCount("1");
  const [name, setName] = parsed.useSharedState("name", null);
  expectTypeOf(name).toEqualTypeOf<string | null>();
  // @ts-expect-error: valibot says that it is a string or null
  setName(1);
  const [point, setPoint] = parsed.useSharedState("point", { x: 0 });
  expectTypeOf(point).toEqualTypeOf<{ x: number; label?: string }>();
  // @ts-expect-error: arktype says that x is a number
  setPoint({ x: "0" });
  // @ts-expect-error: a misspelt key
  parsed.useSharedState("ponit", { x: 0 });

  const [due, setDue] = parsed.useSharedState("due", new Date(0));
  expectTypeOf(due).toEqualTypeOf<Date>();
  setDue("2030-01-01");
  setDue((current) => current.toISOString());
  // @ts-expect-error: components set a string
  setDue(new Date());
  // @ts-expect-error: components show a date
  parsed.useSharedState("due", "2030-01-01");
  const [size, setSize] = parsed.useSharedState("size", { width: 2 });
  expectTypeOf(size).toEqualTypeOf<{ width: number }>();
  setSize({});
  const [optional, setOptional] = parsed.useSharedState("optional", "");
  expectTypeOf(optional).toEqualTypeOf<string>();
  // @ts-expect-error: undefined is not JSON
  setOptional(undefined);
  return <>{count}</>;
}

export function ParsedReducers(): ReactElement {
  const [board, dispatch] = parsed.useSharedReducer("board", play, empty);
  expectTypeOf(board).toEqualTypeOf<Board>();
  expectTypeOf(dispatch).toEqualTypeOf<(action: Move) => void>();
  // @ts-expect-error: no such player
  dispatch({ cell: 1, player: "z" });
  // @ts-expect-error: the state's schema has another type
  parsed.useSharedReducer("board", (state: number, _action: Move) => state, 0);

  const [log, write] = parsed.useSharedReducer(
    "log",
    (state: string[], action) => {
      expectTypeOf(action).toEqualTypeOf<string | number>();
      return [...state, String(action)];
    },
    [],
  );
  expectTypeOf(log).toEqualTypeOf<string[]>();
  expectTypeOf(write).toEqualTypeOf<(action: string | number) => void>();
  // @ts-expect-error: the reducer's state has the initial state's type
  parsed.useSharedReducer("log", (state: string[], _action: string | number) => state, 0);
  const [sum, add] = parsed.useSharedReducer("trimmed", (state: number, action) => state + action, 0);
  expectTypeOf(sum).toEqualTypeOf<number>();
  expectTypeOf(add).toEqualTypeOf<(action: string) => void>();
  // @ts-expect-error: dispatch takes the schema's input
  add(1);
  const [counted] = parsed.useSharedReducer(
    "log",
    (state: number, _action) => state,
    "9",
    (text: string) => Number(text),
  );
  expectTypeOf(counted).toEqualTypeOf<number>();
  return <>{board.cells}</>;
}

export function ParsedPresenceAndMessages(): ReactElement {
  expectTypeOf(parsed.usePresence("cursor", { x: 1 })).toEqualTypeOf<Others<{ x: number }>>();
  // @ts-expect-error: zod says that x is a number
  parsed.usePresence("cursor", { x: "1" });
  const years = parsed.usePresence("seen", "2030-01-01", {
    select: (all) => Object.values(all).map(({ value }) => value.getUTCFullYear()),
  });
  expectTypeOf(years).toEqualTypeOf<number[]>();
  // @ts-expect-error: this client shows a string
  parsed.usePresence("seen", new Date());
  expectTypeOf(parsed.useMessages("chat")).toEqualTypeOf<readonly Message<string>[]>();
  expectTypeOf(parsed.useMessages("size")).toEqualTypeOf<readonly Message<number>[]>();
  parsed.useSubscription("size", ({ value }) => expectTypeOf(value).toEqualTypeOf<number>());
  // @ts-expect-error: a key of the presence
  parsed.useSubscription("cursor", () => {});
  return <>{years}</>;
}

export function Untyped(): ReactElement {
  const { DriftDBProvider, StatusIndicator } = typed;
  expectTypeOf(typed.useDatabase()).toEqualTypeOf<DbConnection>();
  expectTypeOf(typed.useSyncStatus()).toEqualTypeOf<SyncStatus>();
  return (
    <DriftDBProvider api="/db/">
      <StatusIndicator />
    </DriftDBProvider>
  );
}

test("the context has all exports of the package", () => {
  expectTypeOf<
    Exclude<keyof typeof driftdbReact, keyof RoomContext<unknown>>
  >().toEqualTypeOf<"createRoomContext">();
  const { createRoomContext: _, ...all } = driftdbReact;
  expect(Object.keys(typed).sort()).toEqual(Object.keys(all).sort());
});
