export { checkMessageFromDb } from "./check-down.js";
export { checkKey, checkMessageToDb } from "./check-up.js";
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
export { checkValue } from "./value.js";
