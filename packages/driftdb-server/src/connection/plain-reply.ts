import type { FrameError } from "driftdb-protocol";
import type { Refusal } from "../core/refusal.js";
import type { Answer } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import { type Mark, markOf } from "./mark.js";

/** A request that had no effect, or could not even be understood. */
export class Complaint {
  constructor(readonly why: Refusal | FrameError) {}
}

/** What a plain connection, or a POST, is sent for an answer: `null` for nothing (P6, P9). */
export function plainReply(answer: Answer): Frame | Complaint | null {
  switch (answer.type) {
    case "stored":
      return answer.request.type === "push" ? sizeFrame(answer.request.key, answer.size) : null;
    case "entries":
      return Frame.init(answer.request.key, answer.entries);
    case "reached":
      return markReply(markOf(answer.request));
    case "refused":
      // A turn that was not stored answers a ping all the same.
      return answer.request.type === "barrier"
        ? markReply(markOf(answer.request))
        : new Complaint(answer.why);
    default:
      return null;
  }
}

function markReply(mark: Mark): Frame | Complaint | null {
  if (mark.do === "pong") return pongFrame(mark.nonce);
  return mark.do === "complain" ? new Complaint(mark.error) : null;
}

/** P6: only where there is more than one. */
export function sizeFrame(key: string, size: number): Frame | null {
  return size > 1 ? Frame.of({ type: "stream_size", key, size }) : null;
}

export function pongFrame(nonce: number | undefined): Frame {
  return Frame.of(nonce === undefined ? { type: "pong" } : { type: "pong", nonce });
}

/** Says to the sender alone what was wrong (P10). */
export function errorFrame({ code, message }: Refusal | FrameError, n?: number): Frame {
  return Frame.of(n === undefined ? { type: "error", message, code } : { type: "error", message, code, n });
}
