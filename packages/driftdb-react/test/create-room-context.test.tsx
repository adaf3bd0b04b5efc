// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { type } from "arktype";
import { DriftDBError, PresenceListener } from "driftdb";
import { type ReactElement, StrictMode, useState } from "react";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { createRoomContext, DriftDBProvider, type StandardSchema, useSharedState } from "../src/index.js";
import { page, testServer } from "./harness.js";

const running = testServer();

const push = (key: string, value: unknown, action: "append" | "replace") =>
  ({ type: "push", key, value, action: { type: action } }) as const;

const shown = () => screen.getAllByRole("status").map((element) => element.textContent);

/** Opens a page in a room with another client. */
async function open(content: ReactElement, room?: string) {
  const { server } = running;
  const errors: DriftDBError[] = [];
  const id = room ?? (await server.newRoom()).room;
  render(
    <StrictMode>
      <DriftDBProvider api={server.url} room={id} onError={(error) => errors.push(error as DriftDBError)}>
        {content}
      </DriftDBProvider>
    </StrictMode>,
  );
  await waitFor(() => expect(server.open.size).toBe(1));
  return { errors, db: await server.join(id), room: id };
}

/** The messages that the page has sent to a key. */
const pushed = (key: string) =>
  page.sent.map((frame) => JSON.parse(frame)).filter((frame) => frame.type === "push" && frame.key === key);

interface Move {
  cell: number;
}

const libraries: [string, { n: StandardSchema<number, number>; move: StandardSchema<Move, Move> }, string][] =
  [
    ["zod", { n: z.number(), move: z.object({ cell: z.number() }) }, "Invalid input"],
    ["valibot", { n: v.number(), move: v.object({ cell: v.number() }) }, "Invalid type"],
    ["arktype", { n: type("number"), move: type({ cell: "number" }) }, "must be a number"],
  ];

test.each(libraries)(
  "%s: a bad value is reported once, and the next good one arrives",
  async (_, { n }, says) => {
    const room = createRoomContext({ state: { count: n } });
    function Count() {
      const [count] = room.useSharedState("count", 0);
      return <output>{count}</output>;
    }
    const { db, errors } = await open(
      <>
        <Count />
        <Count />
      </>,
    );
    await db.send(push("count", { v: 1 }, "replace"));
    await waitFor(() => expect(shown()).toEqual(["1", "1"]));
    await db.send(push("count", { v: "two" }, "replace"));
    await waitFor(() => expect(errors).toHaveLength(1));
    expect(shown()).toEqual(["1", "1"]);
    await db.send(push("count", { v: 3 }, "replace"));
    await waitFor(() => expect(shown()).toEqual(["3", "3"]));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(DriftDBError);
    expect(errors[0]?.code).toBe("invalid_value");
    expect(errors[0]?.message).toContain('key "count": ');
    expect(errors[0]?.message).toContain(says);
  },
);

test.each(libraries)(
  "%s: a bad action is reported once, and the next good one arrives",
  async (_, { move }, says) => {
    const room = createRoomContext({ reducers: { board: { action: move } } });
    function Board() {
      const [cells] = room.useSharedReducer("board", (state: number[], { cell }) => [...state, cell], []);
      return <output>{cells.join()}</output>;
    }
    const { db, errors } = await open(<Board />);
    await db.send(push("board", { apply: { cell: 1 } }, "append"));
    await db.send(push("board", { apply: { cell: "x" } }, "append"));
    await db.send(push("board", { apply: { cell: 2 } }, "append"));
    await waitFor(() => expect(shown()).toEqual(["1,2"]));
    expect(errors.map((error) => error.code)).toEqual(["invalid_value"]);
    expect(errors[0]?.message).toContain('key "board": cell: ');
    expect(errors[0]?.message).toContain(says);
  },
);

test.each(libraries)(
  "%s: setting a bad value throws, and neither shows nor sends it",
  async (_, { n, move }) => {
    const room = createRoomContext({ state: { count: n }, reducers: { board: { action: move } } });
    let set: (value: number | ((current: number) => number)) => void = () => {};
    let dispatch: (action: Move) => void = () => {};
    function Both() {
      const [count, setCount] = room.useSharedState("count", 0);
      const [sum, play] = room.useSharedReducer("board", (state: number, { cell }) => state + cell, 0);
      set = setCount;
      dispatch = play;
      return <output>{`${count} ${sum}`}</output>;
    }
    const { errors, db } = await open(<Both />);
    const wrong = "x" as unknown as number;
    for (const bad of [() => set(wrong), () => set(() => wrong), () => dispatch({ cell: wrong })])
      expect(bad).toThrow(expect.objectContaining({ code: "invalid_value" }));
    expect(() => set(wrong)).toThrow(/^key "count": .*number/);
    expect(shown()).toEqual(["0 0"]);
    act(() => {
      set((count) => count + 5);
      dispatch({ cell: 7 });
    });
    expect(shown()).toEqual(["5 7"]);
    const seen: unknown[] = [];
    db.subscribe("board", ({ value }) => seen.push(value));
    await waitFor(() => expect(seen).toHaveLength(1));
    expect(pushed("count").map(({ value }) => value.v)).toEqual([5]);
    expect(pushed("board").map(({ value }) => value.apply)).toEqual([{ cell: 7 }]);
    expect(errors).toEqual([]);
  },
);

test("clients send a schema's input and show its output, both in this page and in others", async () => {
  const upper = z.string().transform((text) => text.toUpperCase());
  const room = createRoomContext({
    state: {
      due: v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
      ),
      size: z.object({ w: z.number().default(1) }),
    },
    reducers: { log: { action: upper } },
  });
  let setDue: (value: string) => void = () => {};
  let setSize: (value: { w?: number }) => void = () => {};
  let write: (action: string) => void = () => {};
  function All() {
    const [due, d] = room.useSharedState("due", new Date(0));
    const [size, s] = room.useSharedState("size", { w: 0 });
    const [log, w] = room.useSharedReducer("log", (state: string, action) => state + action, "");
    [setDue, setSize, write] = [d, s, w];
    return <output>{`${due.getUTCFullYear()} ${size.w} ${log}`}</output>;
  }
  const { db, room: id, errors } = await open(<All />);
  act(() => {
    setDue("2030-06-01");
    setDue("2031-06-01");
    setSize({});
    write("a");
    write("b");
  });
  expect(shown()).toEqual(["2031 1 AB"]);
  await db.send(push("log", { apply: "c" }, "append"));
  await waitFor(() => expect(shown()).toEqual(["2031 1 ABC"]));
  await waitFor(() =>
    expect(pushed("due").map(({ value }) => value.v)).toEqual(["2030-06-01", "2031-06-01"]),
  );
  expect(pushed("size").map(({ value }) => value.v)).toEqual([{}]);
  expect(pushed("log").map(({ value }) => value.apply)).toEqual(["a", "b"]);
  const { unmount } = render(
    <DriftDBProvider api={running.server.url} room={id}>
      <All />
    </DriftDBProvider>,
  );
  await waitFor(() => expect(shown()).toEqual(["2031 1 ABC", "2031 1 ABC"]));
  unmount();
  expect(errors).toEqual([]);
});

test("an async schema is refused with an error that says so", async () => {
  const room = createRoomContext({ state: { count: z.number().refine(async () => true) } });
  let set: (value: number) => void = () => {};
  function Count() {
    const [count, setCount] = room.useSharedState("count", 0);
    set = setCount;
    return <output>{count}</output>;
  }
  await open(<Count />);
  expect(() => set(1)).toThrow('key "count": async schema');
  expect(pushed("count")).toEqual([]);
});

test("a bad compacted state is reported and skipped; actions apply to the state before it", async () => {
  const room = createRoomContext({
    reducers: { list: { action: z.string(), state: z.array(z.string()) } },
  });
  function List() {
    const [list] = room.useSharedReducer("list", (state, action) => [...state, action], []);
    return <output>{list.join()}</output>;
  }
  const { db, errors } = await open(<List />);
  await db.send(push("list", { reset: "none" }, "append"));
  await db.send(push("list", { apply: "a" }, "append"));
  await waitFor(() => expect(shown()).toEqual(["a"]));
  expect(errors.map((error) => error.message)).toEqual([expect.stringContaining('key "list": ')]);
  await db.send(push("list", { reset: ["b"] }, "append"));
  await db.send(push("list", { apply: "c" }, "append"));
  await waitFor(() => expect(shown()).toEqual(["b,c"]));
  expect(errors).toHaveLength(1);
});

test("checks a key that other hooks used without a schema; keys may share a schema", async () => {
  const n = z.number();
  const room = createRoomContext({ state: { a: n, b: n } });
  function Three() {
    const [plain] = useSharedState<unknown>("a", 0);
    const [a] = room.useSharedState("a", 0);
    const [b] = room.useSharedState("b", 0);
    return <output>{`${plain} ${a} ${b}`}</output>;
  }
  const { db } = await open(<Three />);
  await db.send(push("b", { v: 2 }, "replace"));
  await db.send(push("a", { v: "x" }, "replace"));
  await waitFor(() => expect(shown()).toEqual(["x 0 2"]));
  await db.send(push("a", { v: 1 }, "replace"));
  await waitFor(() => expect(shown()).toEqual(["1 1 2"]));
});

test("without schemas, nothing is checked; a key may be called `constructor`", async () => {
  const room = createRoomContext<{ state: { constructor: number } }>();
  function Count() {
    const [value] = room.useSharedState("constructor", 0);
    return <output>{value}</output>;
  }
  const { db, errors } = await open(<Count />);
  await db.send(push("constructor", { v: "any" }, "replace"));
  await waitFor(() => expect(shown()).toEqual(["any"]));
  expect(errors).toEqual([]);
});

test("presence: another client's bad value is reported once, not shown; an own one is not sent", async () => {
  const room = createRoomContext({
    presence: {
      cursor: z.object({ x: z.number() }),
      seen: z.string().transform((text) => new Date(text)),
    },
  });
  let move: (x: number) => void = () => {};
  function Cursors() {
    const [x, setX] = useState(1);
    move = setX;
    const others = room.usePresence("cursor", { x });
    const years = room.usePresence("seen", "2030-06-01", {
      self: true,
      select: (all) => Object.values(all).map(({ value }) => value.getUTCFullYear()),
    });
    const xs = Object.entries(others).map(([client, { value }]) => `${client}${value.x}`);
    return <output>{`${xs.sort().join()} ${years.join()}`}</output>;
  }
  const { db, errors } = await open(<Cursors />);
  const join = (clientId: string, x: unknown) => {
    const presence = new PresenceListener<unknown>({ db, key: "cursor", clientId, initialState: { x } });
    presence.subscribe();
    return presence;
  };
  await waitFor(() => expect(shown()).toEqual([" 2030"]));
  const a = join("a", 2);
  await waitFor(() => expect(shown()).toEqual(["a2 2030"]));
  a.updateState({ x: "far" });
  await waitFor(() => expect(shown()).toEqual([" 2030"]));
  expect(errors.map(({ code, message }) => [code, message.slice(0, 16)])).toEqual([
    ["invalid_value", 'key "cursor": x:'],
  ]);
  a.updateState({ x: 3 });
  await waitFor(() => expect(shown()).toEqual(["a3 2030"]));
  const seen = () => Object.values(a.getSnapshot()).map(({ value }) => value);
  await waitFor(() => expect(seen()).toEqual([{ x: 1 }]));
  act(() => move("near" as unknown as number));
  await waitFor(() => expect(errors).toHaveLength(2));
  act(() => move(4));
  await waitFor(() => expect(seen()).toEqual([{ x: 4 }]));
  expect(pushed("cursor").map(({ value }) => value.value)).toEqual([{ x: 1 }, { x: 4 }]);
  expect(pushed("seen")[0].value.value).toBe("2030-06-01");
  expect(errors).toHaveLength(2);
});

test("messages: bad ones are reported and left out; the others are the schema's output", async () => {
  const room = createRoomContext({ messages: { chat: z.string().transform((text) => text.toUpperCase()) } });
  const called: string[] = [];
  function Chat() {
    room.useSubscription("chat", ({ value }) => called.push(value));
    return (
      <output>
        {room
          .useMessages("chat")
          .map(({ value }) => value)
          .join()}
      </output>
    );
  }
  const { server } = running;
  const { room: id } = await server.newRoom();
  const other = await server.join(id);
  await other.send(push("chat", "a", "append"));
  await other.send(push("chat", 1, "append"));
  const { db, errors } = await open(<Chat />, id);
  await waitFor(() => expect(shown()).toEqual(["A"]));
  await db.send(push("chat", { b: 1 }, "append"));
  await db.send(push("chat", "c", "append"));
  await waitFor(() => expect(shown()).toEqual(["A,C"]));
  // StrictMode subscribes twice, and each subscription delivers the history.
  expect(called.slice(-2)).toEqual(["A", "C"]);
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["invalid_value"]));
  await db.send(push("chat", "d", "replace"));
  await waitFor(() => expect(shown()).toEqual(["D"]));
});

test("without schemas, presence and messages show what was sent", async () => {
  const room = createRoomContext<{ presence: { here: number }; messages: { chat: string } }>();
  function Both() {
    const all = room.usePresence("here", 7, { self: true });
    const [value] = Object.values(all);
    return <output>{`${value?.value} ${room.useMessages("chat").length}`}</output>;
  }
  const { db, errors } = await open(<Both />);
  await waitFor(() => expect(shown()).toEqual(["7 0"]));
  await db.send(push("chat", { any: 1 }, "append"));
  await waitFor(() => expect(shown()).toEqual(["7 1"]));
  expect(errors).toEqual([]);
});
