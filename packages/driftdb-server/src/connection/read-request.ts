import {
  checkMessageToDb,
  checkSessionMessageToDb,
  checkSize,
  checkValue,
  json,
  type Key,
} from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import type { Connection } from "../core/request.js";
import type { Request } from "../engine/engine.js";
import { Payload } from "../engine/payload.js";
import type { Mark, MarkRequest } from "./mark.js";

/**
 * Reads a frame of a plain connection, or the body of a POST: binary is CBOR, text is JSON (P3, P7).
 *
 * @throws {FrameError} when the frame breaks a rule. The message names the field and the fault (P10).
 */
export function readRequest(frame: Uint8Array, binary: boolean, connection: Connection): Request {
  const message = checkMessageToDb(decode(frame, binary));
  switch (message.type) {
    case "push": {
      const { key, value: decoded, action } = message;
      const value = toPayload(decoded, binary);
      return { type: "push", connection, key, value, decoded, action, n: undefined };
    }
    case "get": {
      const { key, seq = 0 } = message;
      // A get of no retained messages has no answer.
      return seq === null ? barrier(connection, { do: "nothing" }) : { type: "get", connection, key, seq };
    }
    case "ping":
      return barrier(connection, { do: "pong", nonce: message.nonce });
  }
}

/**
 * Reads a frame of a session connection (S2, S3, S7, S9).
 *
 * @param epoch the epoch in the connection's `hello`, for a get without one.
 * @returns `null` for a get of no retained messages.
 * @throws {FrameError} as `readRequest` does, with the message's `n` if that can be read (S4).
 */
export function readSessionRequest(
  frame: Uint8Array,
  binary: boolean,
  connection: Connection,
  epoch: string,
): Request | null {
  const message = checkSessionMessageToDb(decode(frame, binary));
  switch (message.type) {
    case "push": {
      const { key, value: decoded, action, n } = message;
      const value = toPayload(decoded, binary);
      if (action.type === "hold") return { type: "hold", connection, key, value, decoded };
      return { type: "push", connection, key, value, decoded, action, n };
    }
    case "get": {
      const { key, seq = 0, epoch: known = epoch } = message;
      return seq === null ? null : { type: "resume", connection, key, seq, epoch: known };
    }
    case "release":
      return { type: "release", connection, key: message.key };
    case "unsubscribe":
      return unsubscribe(connection, message.key);
    case "ping":
      return barrier(connection, { do: "pong", nonce: message.nonce });
  }
}

/** As a barrier, an unsubscribe keeps its place: the sender receives its own pushes before it. */
const unsubscribe = (connection: Connection, key: Key): MarkRequest =>
  barrier(connection, { do: "unsubscribe", key });

export function barrier(connection: Connection, mark: Mark): MarkRequest {
  return { type: "barrier", connection, mark };
}

function decode(frame: Uint8Array, binary: boolean): unknown {
  checkSize(frame);
  return (binary ? cbor : json).decode(frame);
}

function toPayload(value: unknown, binary: boolean): Payload {
  // JSON has no byte strings.
  return Payload.of(value, binary && checkValue(value));
}
