import { screen } from "@testing-library/react";
import { StateListener } from "driftdb";
import { type SharedStateSetter, useSharedState } from "../src/index.js";
import { roomOfPage, type TestServer } from "./harness.js";

/** Shows a key's value, and hands out its setter. */
export function Shown<T>(props: { k: string; initial: T; out?: (set: SharedStateSetter<T>) => void }) {
  const [value, set] = useSharedState(props.k, props.initial);
  props.out?.(set);
  return <output>{JSON.stringify(value)}</output>;
}

/** The values that the page shows, in order. */
export const values = () => screen.getAllByRole("status").map((element) => element.textContent);

/** The key's value as another client in the room sees it. */
export async function other<T>(
  server: TestServer,
  key: string,
  room = roomOfPage(),
): Promise<StateListener<T>> {
  const listener = new StateListener<T>({ db: await server.join(room), key });
  listener.subscribe();
  return listener;
}
