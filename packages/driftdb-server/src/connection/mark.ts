import type { FrameError, Key } from "driftdb-protocol";
import type { BarrierRequest } from "../core/request.js";

/** What a connection does when the room has answered all its earlier requests. */
export type Mark =
  | { readonly do: "pong"; readonly nonce: number | undefined }
  /** Reports a frame that breaks a rule. The error's place among the answers shows which frame. */
  | { readonly do: "error"; readonly error: FrameError }
  | { readonly do: "unsubscribe"; readonly key: Key }
  | { readonly do: "nothing" };

/** A barrier, and what its connection does when the room has reached it. */
export interface MarkRequest extends BarrierRequest {
  readonly mark: Mark;
}

/** The mark of a barrier. Connections of this server submit only barriers with one. */
export function markOf(request: BarrierRequest): Mark {
  return request.mark as Mark;
}
