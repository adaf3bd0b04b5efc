import { uniqueClientId } from "driftdb";
import { useSyncExternalStore } from "react";

const never = () => () => {};

/**
 * Returns an id of this browser tab. The tab's session storage keeps it, so that it stays the same after a
 * reload. The hook needs no provider.
 *
 * @returns The id; the empty string on the server and during hydration.
 *
 * @example
 * ```tsx
 * import { useUniqueClientId } from "driftdb-react";
 *
 * export function Me() {
 *   return <p>You are {useUniqueClientId()}</p>;
 * }
 * ```
 */
export function useUniqueClientId(): string {
  return useSyncExternalStore(never, uniqueClientId, () => "");
}
