import type { DbConnection } from "driftdb";
import { useDatabaseFor } from "../room/context.js";

/**
 * Returns the connection of the nearest {@link DriftDBProvider}, for everything that the other hooks do not
 * cover. It is another object after the provider's `api`, `room` or `useBinary` has changed: name it in the
 * dependencies of effects.
 *
 * @throws {Error} without a provider above the component.
 *
 * @example
 * ```tsx
 * import { useDatabase } from "driftdb-react";
 *
 * export function Say({ text }: { text: string }) {
 *   const db = useDatabase();
 *   const say = () => db.send({ type: "push", key: "chat", value: text, action: { type: "append" } });
 *   return <button onClick={say}>{text}</button>;
 * }
 * ```
 */
export function useDatabase(): DbConnection {
  return useDatabaseFor("useDatabase");
}
