import {
  DriftDBProvider,
  RoomQRCode,
  StatusIndicator,
  useConnectionStatus,
  useDatabase,
  useHost,
  useLatency,
  useLock,
  useMessages,
  usePresence,
  useSharedReducer,
  useSharedState,
  useSubscription,
  useSyncStatus,
  useUniqueClientId,
  useWebRtcPresence,
} from "driftdb-react";
import { StrictMode } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

const api = `http://127.0.0.1:${import.meta.env.VITE_DRIFTDB_PORT}/`;

function EveryHook() {
  useDatabase();
  const id = useUniqueClientId();
  const [state] = useSharedState("state", 0);
  const [sum] = useSharedReducer("sum", (total, more) => total + more, 0);
  const messages = useMessages("messages");
  useSubscription("stream", () => {});
  const others = usePresence("presence", { state });
  const { isHost } = useHost();
  const { held } = useLock("lock");
  const latency = useLatency();
  const linked = useWebRtcPresence("linked", { state });
  return (
    <main data-client={id}>
      <p>
        {sum} {messages.length} {Object.keys(others).length} {String(isHost)} {String(held)} {latency}{" "}
        {Object.keys(linked).length} {useSyncStatus().state}
      </p>
      <output>{String(useConnectionStatus().connected)}</output>
      <RoomQRCode />
      <StatusIndicator />
    </main>
  );
}

function tree(on) {
  return (
    <StrictMode>
      <DriftDBProvider api={api}>{on ? <EveryHook /> : null}</DriftDBProvider>
    </StrictMode>
  );
}

const connected = () => document.querySelector("output")?.textContent === "true";
const turn = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  while (!holds()) await turn(5);
}

// Mounts and unmounts the whole tree with its provider; in every other round, also the tree inside the
// provider.
window.cycle = async (times) => {
  for (let i = 0; i < times; i++) {
    const root = createRoot(document.getElementById("root"));
    flushSync(() => root.render(tree(true)));
    await until(connected);
    if (i % 2) {
      flushSync(() => root.render(tree(false)));
      flushSync(() => root.render(tree(true)));
      await until(connected);
    }
    root.unmount();
    await turn(20);
  }
};
