import { uniqueClientId } from "driftdb";
import { useSyncExternalStore } from "react";

const never = () => () => {};

/**
 * An id of this browser tab, kept in its session storage and so the same after a reload. It needs no provider.
 *
 * @returns The id; the empty string on the server and while its markup is hydrated.
 */
export function useUniqueClientId(): string {
  return useSyncExternalStore(never, uniqueClientId, () => "");
}
