import {
  checkMessageToDb,
  checkSize,
  checkValue,
  type GetMessage,
  json,
  type PingMessage,
  type PushMessage,
} from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { Payload } from "./payload.js";

/** A push whose value is already in the form in which it is kept. */
export type PushRequest = Omit<PushMessage, "value"> & { readonly value: Payload };

/** What a client asks of a room, checked (P3). */
export type Request = PushRequest | GetMessage | PingMessage;

/**
 * Reads a client's frame: binary is CBOR, text is JSON, whatever the connection asked for (P7).
 *
 * @throws {FrameError} that says what is wrong with which field (P10).
 */
export function readRequest(frame: Uint8Array, binary: boolean): Request {
  checkSize(frame);
  const message = checkMessageToDb((binary ? cbor : json).decode(frame));
  if (message.type !== "push") return message;
  // JSON has no byte strings to look for.
  return { ...message, value: Payload.of(message.value, binary && checkValue(message.value)) };
}
