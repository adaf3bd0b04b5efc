import type { Message, Others } from "driftdb";
import { RoomQRCode } from "../components/room-qr-code.js";
import { StatusIndicator } from "../components/status-indicator.js";
import { useConnectionStatus } from "../hooks/use-connection-status.js";
import { useDatabase } from "../hooks/use-database.js";
import { useLatency } from "../hooks/use-latency.js";
import { useHost, useLock } from "../hooks/use-lock.js";
import { useMessages } from "../hooks/use-messages.js";
import { type PresenceOptions, usePresence } from "../hooks/use-presence.js";
import { useSharedReducer } from "../hooks/use-shared-reducer.js";
import { type SharedStateSetter, useSharedState } from "../hooks/use-shared-state.js";
import { type SubscriptionOptions, useSubscription } from "../hooks/use-subscription.js";
import { useSyncStatus } from "../hooks/use-sync-status.js";
import { useUniqueClientId } from "../hooks/use-unique-client-id.js";
import { useWebRtcPresence, type WebRtcPresenceOptions } from "../hooks/use-web-rtc-presence.js";
import { DatabaseContext } from "../room/context.js";
import { DriftDBProvider } from "../room/provider.js";
import type {
  ActionOf,
  Inputs,
  KeyOf,
  OnlyParts,
  Outputs,
  RoomSchema,
  RoomSchemas,
  StateOf,
  ValueOf,
} from "./room-schema.js";

/**
 * The hooks of `driftdb-react` for a room of which is known what it holds, and all else that it exports. `Output` is
 * what is seen, `Input` what is set: they differ where a schema makes something else of a value.
 */
export interface RoomContext<Output, Input = Output> {
  readonly DatabaseContext: typeof DatabaseContext;
  readonly DriftDBProvider: typeof DriftDBProvider;
  readonly RoomQRCode: typeof RoomQRCode;
  readonly StatusIndicator: typeof StatusIndicator;
  readonly useConnectionStatus: typeof useConnectionStatus;
  readonly useDatabase: typeof useDatabase;
  readonly useHost: typeof useHost;
  readonly useLatency: typeof useLatency;
  readonly useLock: typeof useLock;
  readonly useSyncStatus: typeof useSyncStatus;
  readonly useUniqueClientId: typeof useUniqueClientId;

  /** {@link useSharedState} with the room's keys. @throws DriftDBError `invalid_value`, from the setter. */
  useSharedState<Key extends KeyOf<Output, "state">>(
    key: Key,
    initial: ValueOf<Output, "state", Key>,
  ): [
    ValueOf<Output, "state", Key>,
    SharedStateSetter<ValueOf<Output, "state", Key>, ValueOf<Input, "state", Key>>,
  ];
  /** {@link useSharedReducer} with the room's keys. @throws DriftDBError `invalid_value`, from `dispatch`. */
  useSharedReducer<Key extends KeyOf<Output, "reducers">, Inferred>(
    key: Key,
    reducer: (
      state: StateOf<Output, Key, Inferred>,
      action: ActionOf<Output, Key>,
    ) => StateOf<Output, Key, Inferred>,
    initial: StateOf<Output, Key, Inferred>,
  ): [StateOf<Output, Key, Inferred>, (action: ActionOf<Input, Key>) => void];
  /** {@link useSharedReducer} with an initialiser. @throws DriftDBError `invalid_value`, from `dispatch`. */
  useSharedReducer<Key extends KeyOf<Output, "reducers">, Inferred, Initial>(
    key: Key,
    reducer: (
      state: StateOf<Output, Key, Inferred>,
      action: ActionOf<Output, Key>,
    ) => StateOf<Output, Key, Inferred>,
    initial: Initial,
    init: (initial: Initial) => StateOf<Output, Key, Inferred>,
  ): [StateOf<Output, Key, Inferred>, (action: ActionOf<Input, Key>) => void];
  /** {@link usePresence} with the room's keys. What does not fit is reported, and not shown. */
  usePresence<Key extends KeyOf<Output, "presence">, S = Others<ValueOf<Output, "presence", Key>>>(
    key: Key,
    value: ValueOf<Input, "presence", Key> | undefined,
    options?: PresenceOptions<ValueOf<Output, "presence", Key>, S>,
  ): S;
  /** {@link useWebRtcPresence} with the room's keys: those of presence. */
  useWebRtcPresence<Key extends KeyOf<Output, "presence">, S = Others<ValueOf<Output, "presence", Key>>>(
    key: Key,
    value: ValueOf<Input, "presence", Key> | undefined,
    options?: WebRtcPresenceOptions<ValueOf<Output, "presence", Key>, S>,
  ): S;
  /** {@link useMessages} with the room's keys. */
  useMessages<Key extends KeyOf<Output, "messages">>(
    key: Key,
  ): readonly Message<ValueOf<Output, "messages", Key>>[];
  /** {@link useSubscription} with the room's keys. */
  useSubscription<Key extends KeyOf<Output, "messages">>(
    key: Key,
    callback: (message: Message<ValueOf<Output, "messages", Key>>) => void,
    options?: SubscriptionOptions,
  ): void;
}

/**
 * The hooks with types: `createRoomContext<{ state: { count: number } }>()`. Nothing is checked at run time.
 *
 * Call it once, in a module, and import the hooks from there.
 */
export function createRoomContext<Schema extends RoomSchema<Schema>>(): RoomContext<Schema>;
/**
 * The hooks with schemas: `createRoomContext({ state: { count: z.number() } })`. The types are the schemas', and
 * what does not fit is kept out: one's own throws a DriftDBError `invalid_value` and is not sent; another's is
 * reported to the provider's `onError`, and skipped. All clients must have the same schemas, and use a key through
 * these hooks only.
 *
 * Call it once, in a module, and import the hooks from there.
 *
 * @param schemas - Standard Schemas (zod, valibot, arktype, …), none of them async. What is sent is what a schema takes,
 *   what is seen what it gives. That of a reducer's state must take what it has given.
 */
export function createRoomContext<const Schemas extends RoomSchemas>(
  schemas: Schemas & OnlyParts<Schemas>,
): RoomContext<Outputs<Schemas>, Inputs<Schemas>>;
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
    usePresence: (key: string, value: unknown, options?: PresenceOptions<unknown, unknown>) =>
      usePresence(key, value, options, presence[key]),
    useWebRtcPresence: (key: string, value: unknown, options?: WebRtcPresenceOptions<unknown, unknown>) =>
      useWebRtcPresence(key, value, options, presence[key]),
    useMessages: (key: string) => useMessages(key, messages[key]),
    useSubscription: (
      key: string,
      callback: (message: Message<unknown>) => void,
      options?: SubscriptionOptions,
    ) => useSubscription(key, callback, options, messages[key]),
  } satisfies Record<keyof RoomContext<unknown>, unknown>;
}
