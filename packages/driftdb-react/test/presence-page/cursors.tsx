import { DriftDBProvider, usePresence } from "driftdb-react";
import { useState } from "react";

function Cursors() {
  const [mine, setMine] = useState({ x: 0, y: 0 });
  const others = usePresence("cursors", mine);

  return (
    <div
      style={{ height: "100vh" }}
      onPointerMove={(event) => setMine({ x: event.clientX, y: event.clientY })}
    >
      {Object.entries(others).map(([client, { value }]) => (
        <i key={client} style={{ position: "fixed", left: value.x, top: value.y }}>
          {client.slice(0, 4)}
        </i>
      ))}
    </div>
  );
}

export default function App() {
  return (
    <DriftDBProvider api="http://127.0.0.1:8080/">
      <Cursors />
    </DriftDBProvider>
  );
}
