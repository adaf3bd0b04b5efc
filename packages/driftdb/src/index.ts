export type {
  Action,
  Key,
  MessageFromDb,
  MessageToDb,
  RoomResult,
  SequenceNumber,
  SequenceValue,
} from "driftdb-protocol";
export { Api } from "./api.js";
export { uniqueClientId } from "./client-id.js";
export type { ConnectionStatus } from "./connection-status.js";
export { DbConnection } from "./db-connection.js";
export type { Emitter } from "./emitter.js";
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
export { HttpConnection } from "./http-connection.js";
export { Lock, type LockStatus } from "./lock.js";
export { type Message, MessageList } from "./message-list.js";
export { type Others, type Presence, PresenceListener, type PresenceOptions } from "./presence.js";
export { Reducer } from "./reducer.js";
export type { WebSocketConstructor, WebSocketLike } from "./socket.js";
export { StateListener } from "./state-listener.js";
export type { Store } from "./store.js";
export { type SyncStatus, warnBeforeUnload } from "./sync-status.js";
export { SyncedWebRTCConnections, type WebRTCOptions } from "./webrtc.js";
