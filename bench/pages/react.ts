// A page of 1,000 React components that show shared values of DriftDB (with the room in the page), of a bare
// store, or of zustand. `measure` answers a `ReactOrder` with a `ReactReport`.
import { DbConnection } from "driftdb";
import { DatabaseContext, useSharedState } from "driftdb-react";
import { createElement, type ReactNode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { create } from "zustand";
import { NearRoom } from "../lib/near-room.js";
import { turn } from "../lib/turn.js";

export interface ReactOrder {
  readonly variant: "driftdb" | "bare store" | "zustand";
  /** Components of the page, and keys that they show. */
  readonly components: number;
  readonly keys: number;
  /** Updates, for one key after the other, and updates in one event. */
  readonly updates: number;
  readonly perEvent: number;
  /** Keys that get updates. */
  readonly updatedKeys: number;
}

export interface ReactReport {
  /** Milliseconds from the first update until the page shows the last one. */
  readonly took: number;
  /** Calls of the component's function. */
  readonly renders: number;
  /** Milliseconds of the longest block of the event loop. */
  readonly longest: number;
  /** Milliseconds between two frames of the browser, at most. */
  readonly frame: number;
}

const keyOf = (n: number) => `key ${n}`;

/** The library that holds the values. */
interface Source {
  readonly useValue: (key: string) => number;
  wrap?(page: ReactNode): ReactNode;
  /** Resolves when the page has its first values. */
  begin?(): Promise<void>;
  /** The text of an update, as it arrives. */
  frame(key: string, value: number): string;
  take(frame: string): void;
  end?(): void;
}

interface Update {
  readonly key: string;
  readonly value: number;
}

/** The smallest external store: a cell for each key. */
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

/** Renders of all components. */
let renders = 0;

function Shown({ source, name }: { source: Source; name: string }): ReactNode {
  renders++;
  return createElement("output", null, source.useValue(name));
}

const sources = { driftdb, "bare store": bareStore, zustand };

/**
 * Watches the frames of the browser.
 *
 * @returns a function that stops, and resolves with the longest time between two frames in ms.
 */
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
    // The next event follows when the work of this one is done.
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
