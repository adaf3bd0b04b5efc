import type { Message } from "driftdb";
import { useEffect, useRef } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";

/** The options of {@link useSubscription}. */
export interface UseSubscriptionOptions {
  /** Whether the callback gets the retained messages before the new ones. Default true. */
  readonly replay?: boolean | undefined;
  /**
   * Called when all messages so far are void and the stream follows from its start: the key or the connection
   * has changed, the component was hidden, the room no longer has a message that this client missed, or the
   * server has lost data.
   */
  readonly onReset?: (() => void) | undefined;
}

/**
 * Calls a function with each message of a key, relays included: first with the messages that the room
 * retains, then with each new one, once and in order, through reconnects. It renders nothing.
 *
 * @param key - The name of the stream within the room. After a change of the key or the connection, the
 *   stream follows from its start.
 * @param callback - Called with `{value, seq}`. It may be written inline: the newest one is called.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useSubscription } from "driftdb-react";
 *
 * export function Bell() {
 *   const ring = () => new Audio("/bell.mp3").play();
 *   useSubscription("bell", ring, { replay: false });
 *   return null;
 * }
 * ```
 */
export function useSubscription<T>(
  key: string,
  callback: (message: Message<T>) => void,
  options?: UseSubscriptionOptions,
): void;
/** @internal With a schema. */
export function useSubscription<T>(
  key: string,
  callback: (message: Message<T>) => void,
  options?: UseSubscriptionOptions,
  schema?: StandardSchema<unknown, T>,
): void;
export function useSubscription<T>(
  key: string,
  callback: (message: Message<T>) => void,
  { replay = true, onReset }: UseSubscriptionOptions = {},
  schema?: StandardSchema<unknown, T>,
): void {
  const db = useDatabaseFor("useSubscription");
  const latest = useRef({ callback, onReset });
  const delivered = useRef(false);
  // An effect of the same kind as the one below: until that one follows a changed key, messages go to the old
  // callback.
  useEffect(() => {
    latest.current = { callback, onReset };
  });
  useEffect(() => {
    const reset = () => latest.current.onReset?.();
    if (delivered.current) reset();
    delivered.current = false;
    const parse = parser(schema, key);
    const deliver = ({ value, seq }: Message<unknown>) => {
      delivered.current = true;
      latest.current.callback({ value: parse ? parse(value) : (value as T), seq });
    };
    return db.subscribe(key, deliver, undefined, { replay, onReset: reset });
  }, [db, key, replay, schema]);
}
