export { checkMessageFromDb } from "./check/plain-down.js";
export { checkKey, checkMessageToDb } from "./check/plain-up.js";
export { checkSessionMessageFromDb } from "./check/session-down.js";
export { checkSessionMessageToDb } from "./check/session-up.js";
export { checkValue } from "./check/value.js";
export { CloseCode, mayRetry } from "./close-codes.js";
export type { Codec } from "./codec.js";
export { FrameError, type FrameErrorCode } from "./errors.js";
export { json, stringify } from "./json.js";
export { checkSize, MESSAGE_LIMITS } from "./limits.js";
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
