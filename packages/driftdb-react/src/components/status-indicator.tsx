import type { CSSProperties, ReactElement } from "react";
import { useConnectionStatus } from "../hooks/use-connection-status.js";

// Each colour has a contrast of at least 3:1 to white and to black.
const GREEN = "#1f9d55";
const AMBER = "#b7791f";
const RED = "#e5484d";

const BOX: CSSProperties = {
  display: "inline-flex",
  gap: "0.5em",
  padding: "0.2em 0.8em",
  border: "1px solid #8888",
  borderRadius: "1em",
};

const CONNECTING = ["○", AMBER, "Connecting"] as const;

/** The sign, its colour and the words for each reason not to be connected. */
const LOOKS = {
  idle: CONNECTING,
  connecting: CONNECTING,
  reconnecting: ["○", AMBER, "Reconnecting"],
  disconnected: ["■", RED, "Disconnected"],
  refused: ["■", RED, "Not connected"],
} as const;

/**
 * Shows whether the room is connected, in words and with a sign: a dot if it is, a ring while the client
 * tries to connect, a square if it has given up. The text has the page's colour, so that it suits light and
 * dark pages. Screen readers announce changes.
 *
 * @throws {Error} without a {@link DriftDBProvider} above it.
 *
 * @example
 * ```tsx
 * import { DriftDBProvider, StatusIndicator } from "driftdb-react";
 *
 * export function App() {
 *   return (
 *     <DriftDBProvider api="http://127.0.0.1:8080/">
 *       <StatusIndicator />
 *     </DriftDBProvider>
 *   );
 * }
 * ```
 */
export function StatusIndicator(): ReactElement {
  const status = useConnectionStatus();
  const [sign, color, words] = status.connected ? ["●", GREEN, "Connected"] : LOOKS[status.reason];
  return (
    <span role="status" aria-live="polite" style={BOX}>
      <span aria-hidden="true" style={{ color }}>
        {sign}
      </span>
      <span>{status.connected || !status.error ? words : `${words}: ${status.error.message}`}</span>
    </span>
  );
}
