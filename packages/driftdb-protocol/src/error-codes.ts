// What an error's `code` says, on a socket and over HTTP (P10). Codes do not change; messages may.

/** The text is not JSON, or its bytes are not UTF-8. */
export const ERROR_NOT_JSON = "not_json";
/** The bytes are not CBOR, or not the part of CBOR that DriftDB takes (P7). */
export const ERROR_NOT_CBOR = "not_cbor";
/** The frame is not an object, or its `type` is missing or unknown. */
export const ERROR_BAD_MESSAGE = "bad_message";
/** `key` is missing, not a string, longer than `MAX_KEY_BYTES`, or not well-formed Unicode. */
export const ERROR_BAD_KEY = "bad_key";
/** `value` is missing or `null`, is not JSON, or is deeper than `MAX_DEPTH`. */
export const ERROR_BAD_VALUE = "bad_value";
/** `action` is missing or not an object, or its `type` is missing or unknown. */
export const ERROR_BAD_ACTION = "bad_action";
/** `seq` of a get, or `seq` or `last` of a compaction, is not a sequence number. */
export const ERROR_BAD_SEQ = "bad_seq";
/** `nonce` of a ping is neither a finite number nor `null`. */
export const ERROR_BAD_NONCE = "bad_nonce";
/** `n` of a session's push is not a whole number from 1, or the push is a hold, which has none. */
export const ERROR_BAD_N = "bad_n";
/** `epoch` of a session's get is not a string. */
export const ERROR_BAD_EPOCH = "bad_epoch";
/** The frame is larger than `MAX_MESSAGE_BYTES`. */
export const ERROR_TOO_LARGE = "too_large";

/** What can be wrong with a frame. */
export type FrameErrorCode =
  | typeof ERROR_NOT_JSON
  | typeof ERROR_NOT_CBOR
  | typeof ERROR_BAD_MESSAGE
  | typeof ERROR_BAD_KEY
  | typeof ERROR_BAD_VALUE
  | typeof ERROR_BAD_ACTION
  | typeof ERROR_BAD_SEQ
  | typeof ERROR_BAD_NONCE
  | typeof ERROR_BAD_N
  | typeof ERROR_BAD_EPOCH
  | typeof ERROR_TOO_LARGE;

/** The room, or the session, has as many keys as it may. */
export const ERROR_TOO_MANY_KEYS = "too_many_keys";
/** The key retains, or holds, as many messages or bytes as it may. */
export const ERROR_STREAM_FULL = "stream_full";
/** The room retains, or holds, as many bytes as it may. */
export const ERROR_ROOM_FULL = "room_full";

/**
 * Why a room does not take a message: the room is full, or the message breaks a rule. Its number is used up
 * (S4).
 */
export type RefusalCode =
  | FrameErrorCode
  | typeof ERROR_TOO_MANY_KEYS
  | typeof ERROR_STREAM_FULL
  | typeof ERROR_ROOM_FULL;

/** The server could not commit. The message was not taken and uses no number: send it again. */
export const ERROR_STORAGE_FAILED = "storage_failed";

/** 400: a session's address has no usable `cid` (S1). */
export const ERROR_BAD_CID = "bad_cid";
/** 404: the room does not exist. */
export const ERROR_NO_SUCH_ROOM = "no_such_room";
/** 404: nothing is at this path. */
export const ERROR_NOT_FOUND = "not_found";
/** 405: the path takes another method. */
export const ERROR_WRONG_METHOD = "wrong_method";
/** 426: the path takes WebSockets only. */
export const ERROR_UPGRADE_REQUIRED = "upgrade_required";
/** 429: too many requests came from this address. */
export const ERROR_TOO_FAST = "too_fast";
/** 503: the server, or this address, has as many connections as it may. */
export const ERROR_TOO_MANY_CONNECTIONS = "too_many_connections";
/** 500: the server failed. */
export const ERROR_INTERNAL = "internal";
