import type { DbConnection } from "driftdb";
import { useDatabaseFor } from "../room/context.js";

/**
 * The connection of the nearest {@link DriftDBProvider}, for what the other hooks do not cover. It is another
 * object after the provider's `api`, `room` or `useBinary` has changed: name it in the dependencies of effects.
 *
 * @throws Error if there is no provider above the component.
 */
export function useDatabase(): DbConnection {
  return useDatabaseFor("useDatabase");
}
