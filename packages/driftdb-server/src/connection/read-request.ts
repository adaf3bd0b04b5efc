import {
  checkMessageToDb,
  checkSessionMessageToDb,
  checkSize,
  checkValue,
  type GetMessage,
  json,
  type PingMessage,
  type PushMessage,
  type ReleaseMessage,
  type SessionGet,
  type SessionPush,
  type UnsubscribeMessage,
} from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { Payload } from "../engine/payload.js";

/** A push whose value is already in the form in which it is kept. */
type Packed<Push extends PushMessage | SessionPush> = Omit<Push, "value"> & { readonly value: Payload };

export type SessionPushRequest = Packed<SessionPush>;

/** What a client asks of a room, checked (P3). */
export type Request = Packed<PushMessage> | GetMessage | PingMessage;

/** The same on a session connection (S2, S3, S7, S9). */
export type SessionRequest =
  | SessionPushRequest
  | SessionGet
  | UnsubscribeMessage
  | ReleaseMessage
  | PingMessage;

/**
 * Reads a client's frame: binary is CBOR, text is JSON, whatever the connection asked for (P7).
 *
 * @throws {FrameError} that says what is wrong with which field (P10).
 */
export function readRequest(frame: Uint8Array, binary: boolean): Request {
  const message = checkMessageToDb(decode(frame, binary));
  return message.type === "push" ? { ...message, value: pack(message.value, binary) } : message;
}

/** The same for a frame of a session connection. */
export function readSessionRequest(frame: Uint8Array, binary: boolean): SessionRequest {
  const message = checkSessionMessageToDb(decode(frame, binary));
  return message.type === "push" ? { ...message, value: pack(message.value, binary) } : message;
}

function decode(frame: Uint8Array, binary: boolean): unknown {
  checkSize(frame);
  return (binary ? cbor : json).decode(frame);
}

function pack(value: unknown, binary: boolean): Payload {
  // JSON has no byte strings to look for.
  return Payload.of(value, binary && checkValue(value));
}
