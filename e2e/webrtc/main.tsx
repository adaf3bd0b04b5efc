import { Api, DbConnection, SyncedWebRTCConnections } from "driftdb";
import { DriftDBProvider, useUniqueClientId, useWebRtcPresence } from "driftdb-react";
import { type PointerEvent, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { type Connected, type Point, watched } from "./watched.js";

const server = `http://127.0.0.1:${import.meta.env.VITE_DRIFTDB_PORT}/`;

/** The functions of the page that the tests call. */
const page = Object.assign(watched(), {
  newRoom: () => new Api(server).newRoom(),
  /** Joins a room. `keys` collects the names of all keys that received a push. */
  async join(socketUrl: string, clientId: string, key?: string): Promise<void> {
    const db = new DbConnection({ keys: "all" });
    db.errorListener.addListener((error) => void page.errors.push(String(error)));
    db.messageListener.addListener((message) => {
      if (message.type === "push") page.keys.add(message.key);
    });
    const cursors = new SyncedWebRTCConnections<Point>({ db, clientId, key, initialState: [0, 0] });
    cursors.subscribe((others) => void page.seen.push(Object.keys(others).sort().join()));
    await db.connect(socketUrl);
    page.at = { db, cursors };
  },
  at: undefined as Connected | undefined,
  /** Adds a second listener on the same connection. */
  second: undefined as Connected["cursors"] | undefined,
  undo: () => {},
  move: (point: Point) => page.at?.cursors.updateState(point),
  others: () =>
    Object.fromEntries(
      Object.entries(page.at?.cursors.getSnapshot() ?? {}).map(([name, { value }]) => [name, value]),
    ),
});

export type TestPage = typeof page;
Object.assign(window, { page });

function Cursors() {
  const [at, setAt] = useState<Point>([0, 0]);
  const [shown, setShown] = useState(true);
  return (
    <main
      style={{ height: 400 }}
      onPointerMove={(event: PointerEvent) => setAt([event.clientX, event.clientY])}
    >
      <button type="button" onClick={() => setShown(!shown)}>
        Show
      </button>
      <p id="me">{useUniqueClientId()}</p>
      {shown && <Others at={at} />}
      {shown && <Count />}
    </main>
  );
}

function Others({ at }: { at: Point }) {
  const others = useWebRtcPresence("cursors", at, { iceServers: [] });
  return (
    <ul>
      {Object.entries(others).map(([name, { value }]) => (
        <li key={name}>{value.join()}</li>
      ))}
    </ul>
  );
}

function Count() {
  const count = useWebRtcPresence("cursors", undefined, { select: (others) => Object.keys(others).length });
  return <output>{count}</output>;
}

if (location.hash === "#react") {
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <DriftDBProvider api={server}>
        <Cursors />
      </DriftDBProvider>
    </StrictMode>,
  );
}
