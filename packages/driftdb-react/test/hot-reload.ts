import type { FunctionComponent } from "react";
import runtime from "react-refresh/runtime";

// React must see this before react-dom loads: import this file first.
runtime.injectIntoGlobalHook(window);

/**
 * Registers a component as the newest version of the one with that name, as a bundler does after a change.
 *
 * @param hooks - Names its hooks. A version with the same hooks keeps their state; another one mounts again.
 */
export function newVersion<P>(
  name: string,
  hooks: string,
  component: FunctionComponent<P>,
): FunctionComponent<P> {
  runtime.setSignature(component, hooks, false);
  runtime.register(component, name);
  return component;
}

/** Makes React render the newest versions. Call it in `act`. */
export function hotReload(): void {
  if (!runtime.performReactRefresh()) throw new Error("no component has a new version");
}
