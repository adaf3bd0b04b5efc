import type { FrameError, Key } from "driftdb-protocol";
import type { BarrierRequest } from "../core/request.js";

/** What a connection does once everything before it has been answered. */
export type Mark =
  | { readonly do: "pong"; readonly nonce: number | undefined }
  /** A frame that breaks a rule is complained of in its place among the answers, so that a client can tell which. */
  | { readonly do: "complain"; readonly error: FrameError }
  | { readonly do: "unsubscribe"; readonly key: Key }
  | { readonly do: "nothing" };

/** A barrier of a connection: `mark` says what the connection does then. */
export interface MarkRequest extends BarrierRequest {
  readonly mark: Mark;
}

/** The mark of a barrier that a connection of this server submitted. */
export function markOf(request: BarrierRequest): Mark {
  return request.mark as Mark;
}
