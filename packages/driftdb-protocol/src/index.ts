export { checkMessageFromDb } from "./check/plain-down.js";
export { checkKey, checkMessageToDb } from "./check/plain-up.js";
export { checkSessionMessageFromDb } from "./check/session-down.js";
export { checkSessionMessageToDb } from "./check/session-up.js";
export { checkSize } from "./check/size.js";
export { checkValue } from "./check/value.js";
export * from "./close-codes.js";
export type { Codec } from "./codec.js";
export * from "./error-codes.js";
export { FrameError } from "./errors.js";
export { json, stringify } from "./json.js";
export * from "./limits.js";
export type {
  Action,
  Broadcast,
  ErrorMessage,
  GetMessage,
  Init,
  Key,
  MessageFromDb,
  MessageToDb,
  PingMessage,
  Pong,
  PushMessage,
  RoomResult,
  SequenceNumber,
  SequenceValue,
  StreamSize,
} from "./messages.js";
export type {
  Ack,
  AckMessage,
  Held,
  Hello,
  HoldsBroadcast,
  ReleaseBroadcast,
  ReleaseMessage,
  SessionAction,
  SessionBroadcast,
  SessionError,
  SessionGet,
  SessionInit,
  SessionLimits,
  SessionMessageFromDb,
  SessionMessageToDb,
  SessionPush,
  UnsubscribeMessage,
} from "./session-messages.js";
