import type { FunctionComponent } from "react";
import runtime from "react-refresh/runtime";

// Before react-dom: import this file first.
runtime.injectIntoGlobalHook(window);

/**
 * Says that a component is the newest version of the one of that name, as a bundler does when its file was changed.
 *
 * @param hooks what its hooks are: a version with the same ones keeps their state, another is mounted anew.
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

/** Has React render the newest versions, in `act`. */
export function hotReload(): void {
  if (!runtime.performReactRefresh()) throw new Error("there is no new version of anything");
}
