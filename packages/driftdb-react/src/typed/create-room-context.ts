import type { Message, Others } from "driftdb";
import { RoomQRCode } from "../components/room-qr-code.js";
import { StatusIndicator } from "../components/status-indicator.js";
import { useConnectionStatus } from "../hooks/use-connection-status.js";
import { useDatabase } from "../hooks/use-database.js";
import { useLatency } from "../hooks/use-latency.js";
import { useHost, useLock } from "../hooks/use-lock.js";
import { useMessages } from "../hooks/use-messages.js";
import { type UsePresenceOptions, usePresence } from "../hooks/use-presence.js";
import { useSharedReducer } from "../hooks/use-shared-reducer.js";
import { type SharedStateSetter, useSharedState } from "../hooks/use-shared-state.js";
import { type UseSubscriptionOptions, useSubscription } from "../hooks/use-subscription.js";
import { useSyncStatus } from "../hooks/use-sync-status.js";
import { useUniqueClientId } from "../hooks/use-unique-client-id.js";
import { type UseWebRtcPresenceOptions, useWebRtcPresence } from "../hooks/use-web-rtc-presence.js";
import { DatabaseContext } from "../room/context.js";
import { DriftDBProvider } from "../room/provider.js";
import type {
  ActionOf,
  InputsOf,
  KeyOf,
  OnlyParts,
  OutputsOf,
  RoomSchema,
  RoomSchemas,
  StateOf,
  ValueOf,
} from "./room-schema.js";

/**
 * The exports of `driftdb-react`, with hooks that are typed for a room. `Output` has the types of the values
 * that components show, `Input` the types of the values that they set. They differ where a schema turns a
 * value into another one.
 */
export interface RoomContext<Output, Input = Output> {
  /** The context of the package. */
  readonly DatabaseContext: typeof DatabaseContext;
  /** The provider of the package. */
  readonly DriftDBProvider: typeof DriftDBProvider;
  /** The component of the package. */
  readonly RoomQRCode: typeof RoomQRCode;
  /** The component of the package. */
  readonly StatusIndicator: typeof StatusIndicator;
  /** The hook of the package. */
  readonly useConnectionStatus: typeof useConnectionStatus;
  /** The hook of the package. */
  readonly useDatabase: typeof useDatabase;
  /** The hook of the package. */
  readonly useHost: typeof useHost;
  /** The hook of the package. */
  readonly useLatency: typeof useLatency;
  /** The hook of the package. */
  readonly useLock: typeof useLock;
  /** The hook of the package. */
  readonly useSyncStatus: typeof useSyncStatus;
  /** The hook of the package. */
  readonly useUniqueClientId: typeof useUniqueClientId;

  /**
   * {@link useSharedState} with the room's keys. The setter throws a DriftDBError `invalid_value` for a bad
   * value.
   */
  useSharedState<Key extends KeyOf<Output, "state">>(
    key: Key,
    initial: ValueOf<Output, "state", Key>,
  ): [
    ValueOf<Output, "state", Key>,
    SharedStateSetter<ValueOf<Output, "state", Key>, ValueOf<Input, "state", Key>>,
  ];
  /**
   * {@link useSharedReducer} with the room's keys. `dispatch` throws a DriftDBError `invalid_value` for a bad
   * action.
   */
  useSharedReducer<Key extends KeyOf<Output, "reducers">, Inferred>(
    key: Key,
    reducer: (
      state: StateOf<Output, Key, Inferred>,
      action: ActionOf<Output, Key>,
    ) => StateOf<Output, Key, Inferred>,
    initial: StateOf<Output, Key, Inferred>,
  ): [StateOf<Output, Key, Inferred>, (action: ActionOf<Input, Key>) => void];
  /** {@link useSharedReducer} with the room's keys and an initialiser. */
  useSharedReducer<Key extends KeyOf<Output, "reducers">, Inferred, Initial>(
    key: Key,
    reducer: (
      state: StateOf<Output, Key, Inferred>,
      action: ActionOf<Output, Key>,
    ) => StateOf<Output, Key, Inferred>,
    initial: Initial,
    init: (initial: Initial) => StateOf<Output, Key, Inferred>,
  ): [StateOf<Output, Key, Inferred>, (action: ActionOf<Input, Key>) => void];
  /** {@link usePresence} with the room's keys. Bad values are reported, and not shown. */
  usePresence<Key extends KeyOf<Output, "presence">, S = Others<ValueOf<Output, "presence", Key>>>(
    key: Key,
    value: ValueOf<Input, "presence", Key> | undefined,
    options?: UsePresenceOptions<ValueOf<Output, "presence", Key>, S>,
  ): S;
  /** {@link useWebRtcPresence} with the room's keys of presence. */
  useWebRtcPresence<Key extends KeyOf<Output, "presence">, S = Others<ValueOf<Output, "presence", Key>>>(
    key: Key,
    value: ValueOf<Input, "presence", Key> | undefined,
    options?: UseWebRtcPresenceOptions<ValueOf<Output, "presence", Key>, S>,
  ): S;
  /** {@link useMessages} with the room's keys. */
  useMessages<Key extends KeyOf<Output, "messages">>(
    key: Key,
  ): readonly Message<ValueOf<Output, "messages", Key>>[];
  /** {@link useSubscription} with the room's keys. */
  useSubscription<Key extends KeyOf<Output, "messages">>(
    key: Key,
    callback: (message: Message<ValueOf<Output, "messages", Key>>) => void,
    options?: UseSubscriptionOptions,
  ): void;
}

/**
 * Returns the hooks, typed for your room's types. Nothing is checked at run time.
 *
 * Call it once, in a module, and import the hooks from there.
 *
 * @example
 * ```ts
 * import { createRoomContext } from "driftdb-react";
 *
 * export const { DriftDBProvider, useSharedState, usePresence } = createRoomContext<{
 *   state: { count: number };
 *   presence: { cursors: { x: number; y: number } };
 * }>();
 * ```
 */
export function createRoomContext<Schema extends RoomSchema<Schema>>(): RoomContext<Schema>;
/**
 * Returns the hooks, typed for your room's schemas, which check all values. A bad value of this client throws
 * a DriftDBError `invalid_value` and is not sent. A bad value of another client is reported to the provider's
 * `onError` and skipped. All clients must have the same schemas, and use a key through these hooks only.
 *
 * Call it once, in a module, and import the hooks from there.
 *
 * @param schemas - Synchronous schemas of any library that implements Standard Schema (zod, valibot, arktype
 *   and others). Clients send a schema's input, and show its output. The schema of a reducer's state must
 *   accept its own output.
 *
 * @example
 * ```ts
 * import { createRoomContext } from "driftdb-react";
 * import { z } from "zod";
 *
 * export const { DriftDBProvider, useSharedState, useSharedReducer } = createRoomContext({
 *   state: { count: z.number() },
 *   reducers: { board: { action: z.object({ cell: z.number() }) } },
 * });
 * ```
 */
export function createRoomContext<const Schemas extends RoomSchemas>(
  schemas: Schemas & OnlyParts<Schemas>,
): RoomContext<OutputsOf<Schemas>, InputsOf<Schemas>>;
export function createRoomContext(schemas: RoomSchemas = {}): object {
  const { state = {}, reducers = {}, presence = {}, messages = {} } = schemas;
  return {
    DatabaseContext,
    DriftDBProvider,
    RoomQRCode,
    StatusIndicator,
    useConnectionStatus,
    useDatabase,
    useHost,
    useLatency,
    useLock,
    useSyncStatus,
    useUniqueClientId,
    useSharedState: (key: string, initial: unknown) => useSharedState(key, initial, state[key]),
    useSharedReducer: (
      key: string,
      reducer: (state: unknown, action: unknown) => unknown,
      initial: unknown,
      init?: (initial: unknown) => unknown,
    ) => useSharedReducer(key, reducer, initial, init, reducers[key]),
    usePresence: (key: string, value: unknown, options?: UsePresenceOptions<unknown, unknown>) =>
      usePresence(key, value, options, presence[key]),
    useWebRtcPresence: (key: string, value: unknown, options?: UseWebRtcPresenceOptions<unknown, unknown>) =>
      useWebRtcPresence(key, value, options, presence[key]),
    useMessages: (key: string) => useMessages(key, messages[key]),
    useSubscription: (
      key: string,
      callback: (message: Message<unknown>) => void,
      options?: UseSubscriptionOptions,
    ) => useSubscription(key, callback, options, messages[key]),
  } satisfies Record<keyof RoomContext<unknown>, unknown>;
}
