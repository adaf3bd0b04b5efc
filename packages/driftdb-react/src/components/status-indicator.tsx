import type { CSSProperties, ReactElement } from "react";
import { useConnectionStatus } from "../hooks/use-connection-status.js";

// Each has a contrast of at least 3:1 to white and to black.
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

/** For each reason not to be connected: a sign, its colour, and the words. */
const LOOKS = {
  idle: ["○", AMBER, "Connecting"],
  connecting: ["○", AMBER, "Connecting"],
  reconnecting: ["○", AMBER, "Reconnecting"],
  disconnected: ["■", RED, "Disconnected"],
  refused: ["■", RED, "Not connected"],
} as const;

/**
 * Says whether the room is connected, in words and with a sign: a dot for connected, a ring while it is being tried,
 * a square where it was given up. It takes its text colour from the page, so light and dark both work, and screen
 * readers announce a change.
 *
 * @throws Error if there is no {@link DriftDBProvider} above it.
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
