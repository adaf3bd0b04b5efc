export type {
  Action,
  Key,
  MessageFromDb,
  MessageToDb,
  RoomResult,
  SequenceNumber,
  SequenceValue,
} from "driftdb-protocol";
export { uniqueClientId } from "./client-id.js";
export type { ConnectionStatus } from "./connection/connection-status.js";
export { DbConnection } from "./connection/db-connection.js";
export { type SyncStatus, warnBeforeUnload } from "./connection/sync-status.js";
export {
  ConnectionRefusedError,
  DriftDBError,
  ForbiddenError,
  HttpError,
  MessageRefusedError,
  NotSentError,
  RoomNotFoundError,
  ServerUnreachableError,
  SessionsUnsupportedError,
  TooManyRequestsError,
  UnknownOutcomeError,
} from "./errors.js";
export type { HoldsStore } from "./holds/holds-store.js";
export { Lock, type LockStatus } from "./holds/lock.js";
export {
  type Others,
  type Presence,
  PresenceListener,
  type PresenceOptions,
} from "./holds/presence-listener.js";
export { Api } from "./http/api.js";
export { HttpConnection } from "./http/http-connection.js";
export type { Emitter } from "./observable/emitter.js";
export { cancelFrame, scheduleFrame } from "./observable/frame-scheduler.js";
export type { Store } from "./observable/store.js";
export type { Value } from "./observable/value.js";
export type { LazyStore } from "./stores/lazy-store.js";
export { type Message, MessageList } from "./stores/message-list.js";
export { perFrame } from "./stores/per-frame.js";
export { Reducer } from "./stores/reducer.js";
export { StateListener } from "./stores/state-listener.js";
export type { StreamStore } from "./stores/stream-store.js";
export { SyncedWebRTCConnections, type WebRTCOptions } from "./webrtc/synced-webrtc-connections.js";
export type { Frame, WebSocketConstructor, WebSocketLike } from "./wire/web-socket.js";
