import { type Message, MessageList } from "driftdb";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

const NONE: readonly never[] = Object.freeze([]);

/**
 * Returns the messages that the room retains for a key, oldest first: the key's history, then each message
 * that is appended. A replacement becomes the only message. Relays are left out. Messages that were compacted
 * while the component was mounted stay. `useDatabase().send` appends messages.
 *
 * @param key - The name of the stream within the room. The hook follows a changed key in the same render.
 * @returns An array of `{value, seq}`, the same one until it changes; empty on the server and until the
 *   history arrives.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useDatabase, useMessages } from "driftdb-react";
 *
 * export function Chat() {
 *   const db = useDatabase();
 *   const messages = useMessages<string>("chat");
 *   const wave = () => db.send({ type: "push", key: "chat", value: "👋", action: { type: "append" } });
 *   return (
 *     <>
 *       {messages.map(({ value, seq }) => (
 *         <p key={seq}>{value}</p>
 *       ))}
 *       <button onClick={wave}>Wave</button>
 *     </>
 *   );
 * }
 * ```
 */
export function useMessages<T>(key: string): readonly Message<T>[];
/** @internal With a schema. */
export function useMessages<T>(key: string, schema?: StandardSchema<unknown, T>): readonly Message<T>[];
export function useMessages<T>(key: string, schema?: StandardSchema<unknown, T>): readonly Message<T>[] {
  const db = useDatabaseFor("useMessages");
  const create = () => new MessageList<T>({ db, key, parse: parser(schema, key) });
  return useStore(
    db,
    sharedStore(db, `m${key}`, create, schema),
    () => NONE,
    // The same empty array as on the server, so that hydration renders once.
    (messages) => (messages.length ? messages : NONE),
  );
}
