export { DatabaseContext } from "./context.js";
export { DriftDBProvider, type DriftDBProviderProps } from "./provider.js";
export { StatusIndicator } from "./status-indicator.js";
export { useConnectionStatus } from "./use-connection-status.js";
export { useDatabase } from "./use-database.js";
export { useSharedReducer } from "./use-shared-reducer.js";
export { type SharedStateSetter, useSharedState } from "./use-shared-state.js";
export { useSyncStatus } from "./use-sync-status.js";
export { useUniqueClientId } from "./use-unique-client-id.js";
