import type { Message } from "driftdb";
import { useEffect, useRef } from "react";
import { useDatabaseFor } from "../room/context.js";
import { parser, type StandardSchema } from "../schema/standard-schema.js";

/** What {@link useSubscription} may be told beside. */
export interface SubscriptionOptions {
  /** False for only what comes from now on. Default true. */
  readonly replay?: boolean | undefined;
  /**
   * Called when what was given is void and a stream follows from its start: the key or the connection has changed, the
   * component was hidden, something that was missed is not there any more, or the server has lost data.
   */
  readonly onReset?: (() => void) | undefined;
}

/**
 * Calls a function with each message of a key, relays included: first with those that the room retains, then with each
 * new one, once and in order, through reconnects. Nothing is rendered for it.
 *
 * @param key - Names the stream within the room. A changed key or connection is followed, from the stream's start.
 * @param callback - Given `{value, seq}`. It may be written inline: the newest one is called.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useSubscription<T>(
  key: string,
  callback: (message: Message<T>) => void,
  options?: SubscriptionOptions,
): void;
/** @internal */
export function useSubscription<T>(
  key: string,
  callback: (message: Message<T>) => void,
  options?: SubscriptionOptions,
  schema?: StandardSchema<unknown, T>,
): void;
export function useSubscription<T>(
  key: string,
  callback: (message: Message<T>) => void,
  { replay = true, onReset }: SubscriptionOptions = {},
  schema?: StandardSchema<unknown, T>,
): void {
  const db = useDatabaseFor("useSubscription");
  const latest = useRef({ callback, onReset });
  const given = useRef(false);
  // An effect of the same kind as the one below: until that follows a changed key, the function of the old one counts.
  useEffect(() => {
    latest.current = { callback, onReset };
  });
  useEffect(() => {
    const reset = () => latest.current.onReset?.();
    if (given.current) reset();
    given.current = false;
    const parse = parser(schema, key);
    const give = ({ value, seq }: Message<unknown>) => {
      given.current = true;
      latest.current.callback({ value: parse ? parse(value) : (value as T), seq });
    };
    return db.subscribe(key, give, undefined, { replay, onReset: reset });
  }, [db, key, replay, schema]);
}
