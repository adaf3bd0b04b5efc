import { type Message, MessageList } from "driftdb";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

const NONE: readonly never[] = Object.freeze([]);

/**
 * The messages that the room retains for a key, oldest first, as an array of `{value, seq}` that stays the same until
 * it changes: its history, then each one that is appended. A replacement leaves itself alone in it; relays are not in
 * it; what was compacted while the component was there stays. `useDatabase().send` is how to append.
 *
 * @param key - Names the stream within the room. A changed key is followed in the same render.
 * @returns The messages; empty before the history is there, and on the server.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useMessages<T>(key: string): readonly Message<T>[];
/** @internal */
export function useMessages<T>(key: string, schema?: StandardSchema<unknown, T>): readonly Message<T>[];
export function useMessages<T>(key: string, schema?: StandardSchema<unknown, T>): readonly Message<T>[] {
  const db = useDatabaseFor("useMessages");
  const make = () => new MessageList<T>({ db, key, parse: parser(schema, key) });
  const list = sharedStore(db, `m${key}`, make, schema);
  return useStore(
    db,
    list,
    () => NONE,
    (messages) => (messages.length ? messages : NONE),
  );
}
