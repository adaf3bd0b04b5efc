import { ConnectionRefusedError, DriftDBError, KINDS } from "../errors.js";
import type { ConnectionState } from "./connection-state.js";

/**
 * Whether there is a connection, and if not, why:
 *
 * - `idle`: `connect()` was not called yet.
 * - `connecting`: it was called, and has not succeeded yet.
 * - `reconnecting`: the connection was lost, and is being tried again.
 * - `disconnected`: `disconnect()` was called.
 * - `refused`: the server closed the connection for a reason that trying again does not mend (S13), or does
 * not speak sessions (S1); `error` says which.
 */
export type ConnectionStatus =
  | { readonly connected: true; readonly reason?: never; readonly error?: never }
  | {
      readonly connected: false;
      readonly reason: "idle" | "connecting" | "reconnecting" | "disconnected" | "refused";
      readonly error?: DriftDBError;
    };

/** Why there is no connection in this state; undefined if there is one. */
export function reasonOf({ phase, opened }: ConnectionState): ConnectionStatus["reason"] {
  if (phase === "open") return undefined;
  if (opened) return "reconnecting";
  return phase === "waiting" || phase === "handshake" ? "connecting" : phase;
}

/** Why a connection was refused. @param code the close code; 0 for a server without sessions. */
export function refusal(code = 0, reason = ""): DriftDBError {
  const [Kind, message] = KINDS[code] ?? [ConnectionRefusedError, reason || `the server closed with ${code}`];
  return new Kind(code ? "connection_refused" : "no_sessions", message, code);
}

/** The error of a `connect()` that `disconnect()` came before. */
export function abandoned(): DriftDBError {
  return new DriftDBError("connection_disconnected", "disconnect() was called");
}
