// A page of 1,000 components of React that show shared values: of DriftDB, with the room in the page; of a bare store; and
// of zustand. `measure` takes a `ReactOrder`, and gives a `ReactReport`.
import { DbConnection } from "driftdb";
import { DatabaseContext, useSharedState } from "driftdb-react";
import { createElement, type ReactNode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { create } from "zustand";
import { NearRoom } from "../lib/near-room.js";
import { turn } from "../lib/turn.js";

export interface ReactOrder {
  readonly variant: "driftdb" | "bare store" | "zustand";
  /** How many components there are, and how many keys they show. */
  readonly components: number;
  readonly keys: number;
  /** How many updates come, for one key after the other, and how many in one event. */
  readonly updates: number;
  readonly perEvent: number;
  /** How many of the keys the updates are for. */
  readonly updatedKeys: number;
}

export interface ReactReport {
  /** From the first update until the page shows the last one, in ms. */
  readonly took: number;
  /** How many times a component's function was called. */
  readonly renders: number;
  /** The longest time in which nothing else could happen, in ms. */
  readonly longest: number;
  /** The longest time between two of the browser's frames, in ms. */
  readonly frame: number;
}

const keyOf = (n: number) => `key ${n}`;

/** Where the components get their values from. */
interface Source {
  readonly useValue: (key: string) => number;
  wrap?(page: ReactNode): ReactNode;
  /** Resolves once the page has what there is. */
  begin?(): Promise<void>;
  /** What arrives for an update. */
  frame(key: string, value: number): string;
  take(frame: string): void;
  end?(): void;
}

interface Update {
  readonly key: string;
  readonly value: number;
}

/** As small as an external store can be: a cell for each key. */
function bareStore(): Source {
  const cells = new Map<string, Cell>();
  const cellOf = (key: string) => {
    const cell = cells.get(key) ?? new Cell();
    cells.set(key, cell);
    return cell;
  };
  return {
    useValue(key) {
      const { subscribe, get } = cellOf(key);
      return useSyncExternalStore(subscribe, get);
    },
    frame: (key, value) => JSON.stringify({ key, value } satisfies Update),
    take(frame) {
      const { key, value } = JSON.parse(frame) as Update;
      cellOf(key).set(value);
    },
  };
}

class Cell {
  #value = 0;
  readonly #listeners = new Set<() => void>();

  readonly get = (): number => this.#value;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };

  set(value: number): void {
    this.#value = value;
    for (const changed of this.#listeners) changed();
  }
}

function zustand(): Source {
  const useStore = create<Record<string, number>>(() => ({}));
  return {
    useValue: (key) => useStore((state) => state[key] ?? 0),
    frame: (key, value) => JSON.stringify({ key, value } satisfies Update),
    take(frame) {
      const { key, value } = JSON.parse(frame) as Update;
      useStore.setState({ [key]: value });
    },
  };
}

function driftdb(): Source {
  const room = new NearRoom();
  const db = new DbConnection({ websocketConstructor: room.WebSocket });
  let count = 0;
  return {
    useValue: (key) => useSharedState(key, 0)[0],
    wrap: (page) => createElement(DatabaseContext.Provider, { value: db }, page),
    async begin() {
      const connected = db.connect("ws://near/room/r/connect");
      await turn();
      await connected;
      await room.settle();
    },
    frame: (key, v) => room.push(key, { v, i: "another", m: ++count }, true),
    take: (frame) => room.deliver([frame]),
    end: () => db.disconnect(),
  };
}

/** How many times a component was rendered. */
let renders = 0;

function Shown({ source, name }: { source: Source; name: string }): ReactNode {
  renders++;
  return createElement("output", null, source.useValue(name));
}

const sources = { driftdb, "bare store": bareStore, zustand };

/** Watches the browser's frames. @returns what ends that with the next one, and gives the longest time between two of them. */
async function watchFrames(): Promise<() => Promise<number>> {
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  let last = await frame();
  let longest = 0;
  let ended = false;
  const watched = (async () => {
    while (!ended) {
      const now = await frame();
      longest = Math.max(longest, now - last);
      last = now;
    }
  })();
  return async () => {
    ended = true;
    await watched;
    return longest;
  };
}

export async function measure(order: ReactOrder): Promise<ReactReport> {
  const { variant, components, keys, updates, perEvent, updatedKeys } = order;
  const source = sources[variant]();
  const page = Array.from({ length: components }, (_, n) =>
    createElement(Shown, { key: n, source, name: keyOf(n % keys) }),
  );
  const container = document.body.appendChild(document.createElement("main"));
  const root = createRoot(container);
  root.render(source.wrap ? source.wrap(page) : page);
  while (container.childElementCount < components) await turn();
  await source.begin?.();
  await turn();

  const frames = Array.from({ length: updates }, (_, n) => source.frame(keyOf(n % updatedKeys), n + 1));
  const last = container.children[(updates - 1) % updatedKeys] as Element;
  const endFrames = await watchFrames();
  renders = 0;
  let longest = 0;
  const start = performance.now();
  for (let at = 0; at < frames.length; at += perEvent) {
    const event = performance.now();
    for (const frame of frames.slice(at, at + perEvent)) source.take(frame);
    // The next one comes when what it has led to at once is done.
    await turn();
    longest = Math.max(longest, performance.now() - event);
  }
  while (last.textContent !== String(updates)) {
    if (performance.now() - start > 60_000) throw new Error(`the page shows ${last.textContent}`);
    const event = performance.now();
    await turn();
    longest = Math.max(longest, performance.now() - event);
  }
  const took = performance.now() - start;
  const frame = await endFrames();
  root.unmount();
  source.end?.();
  container.remove();
  return { took, renders, longest, frame };
}
