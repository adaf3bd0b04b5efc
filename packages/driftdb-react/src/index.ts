export { RoomQRCode, type RoomQRCodeProps } from "./components/room-qr-code.js";
export { StatusIndicator } from "./components/status-indicator.js";
export { useConnectionStatus } from "./hooks/use-connection-status.js";
export { useDatabase } from "./hooks/use-database.js";
export { useLatency } from "./hooks/use-latency.js";
export { type HostStatus, type SharedLock, useHost, useLock } from "./hooks/use-lock.js";
export { useMessages } from "./hooks/use-messages.js";
export { type UsePresenceOptions, usePresence } from "./hooks/use-presence.js";
export { useSharedReducer } from "./hooks/use-shared-reducer.js";
export { type SharedStateSetter, useSharedState } from "./hooks/use-shared-state.js";
export { type UseSubscriptionOptions, useSubscription } from "./hooks/use-subscription.js";
export { useSyncStatus } from "./hooks/use-sync-status.js";
export { useUniqueClientId } from "./hooks/use-unique-client-id.js";
export { type UseWebRtcPresenceOptions, useWebRtcPresence } from "./hooks/use-web-rtc-presence.js";
export { DatabaseContext } from "./room/context.js";
export { DriftDBProvider, type DriftDBProviderProps } from "./room/provider.js";
export type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from "./schema/standard-schema.js";
export { createRoomContext, type RoomContext } from "./typed/create-room-context.js";
export type {
  ActionOf,
  InputsOf,
  KeyOf,
  OnlyParts,
  OutputsOf,
  PartOf,
  RoomSchema,
  RoomSchemas,
  StateOf,
  ValueOf,
} from "./typed/room-schema.js";
