import { DriftDBProvider, useDatabase, usePresence, useUniqueClientId } from "driftdb-react";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";

const api = `http://127.0.0.1:${import.meta.env.VITE_DRIFTDB_PORT}/`;
const name = new URLSearchParams(location.search).get("name");

// Records the clients on screen with the time, for the test.
window.shown = [];

function WhoIsHere() {
  const db = useDatabase();
  const id = useUniqueClientId();
  const others = usePresence("here", { name }, { select: namesOf });
  useEffect(() => {
    window.shown.push([Date.now(), others]);
  }, [others]);
  return (
    <main data-client={id}>
      <button type="button" onClick={() => db.disconnect()}>
        Disconnect
      </button>
      <ul>
        {others.map((other) => (
          <li key={other}>{other}</li>
        ))}
      </ul>
    </main>
  );
}

function namesOf(others) {
  return Object.values(others)
    .map(({ value }) => value.name)
    .sort();
}

createRoot(document.getElementById("root")).render(
  <DriftDBProvider api={api}>
    <WhoIsHere />
  </DriftDBProvider>,
);
