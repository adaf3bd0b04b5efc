import type { FrameError } from "driftdb-protocol";
import type { Refusal } from "../core/refusal.js";
import type { Answer } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import { type Mark, markOf } from "./mark.js";

/** The reply to a request that was refused, or that could not be read. */
export class ErrorReply {
  constructor(readonly why: Refusal | FrameError) {}
}

/** The reply to a plain connection, or to a POST, for an answer of the room. `null` for none (P6, P9). */
export function plainReply(answer: Answer): Frame | ErrorReply | null {
  switch (answer.type) {
    case "stored":
      return answer.request.type === "push" ? sizeFrame(answer.request.key, answer.size) : null;
    case "entries":
      return Frame.init(answer.request.key, answer.entries);
    case "reached":
      return markReply(markOf(answer.request));
    case "refused":
      // A ping is answered even if its turn could not be committed.
      return answer.request.type === "barrier"
        ? markReply(markOf(answer.request))
        : new ErrorReply(answer.why);
    default:
      return null;
  }
}

function markReply(mark: Mark): Frame | ErrorReply | null {
  if (mark.do === "pong") return pongFrame(mark.nonce);
  return mark.do === "error" ? new ErrorReply(mark.error) : null;
}

/** `null` for a size of at most 1 (P6). */
export function sizeFrame(key: string, size: number): Frame | null {
  return size > 1 ? Frame.of({ type: "stream_size", key, size }) : null;
}

export function pongFrame(nonce: number | undefined): Frame {
  return Frame.of(nonce === undefined ? { type: "pong" } : { type: "pong", nonce });
}

/** The frame that reports an error to the sender of a message (P10). @param n the message's number (S4). */
export function errorFrame({ code, message }: Refusal | FrameError, n?: number): Frame {
  return Frame.of(n === undefined ? { type: "error", message, code } : { type: "error", message, code, n });
}
