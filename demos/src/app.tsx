import { DriftDBProvider, useConnectionStatus } from "driftdb-react";
import { Home } from "./home.js";
import { Header } from "./shell/header.js";
import { Page } from "./shell/page.js";
import { Problem } from "./shell/problem.js";
import { Share } from "./shell/share.js";
import { useRoute } from "./shell/use-route.js";

/** The server on the page's own host. A phone that opens the page by its LAN address reaches it too. */
const api = `${location.protocol}//${location.hostname}:${import.meta.env.VITE_DRIFTDB_PORT ?? 8080}/`;

/** One provider wraps all demos, so they share one room and one connection. */
export function App() {
  return (
    <DriftDBProvider api={api}>
      <Shell />
    </DriftDBProvider>
  );
}

function Shell() {
  const demo = useRoute();
  const status = useConnectionStatus();
  const error = !status.connected && status.reason === "refused" ? status.error : undefined;
  return (
    <>
      <Header current={demo} />
      <main>
        {error !== undefined && <Problem error={error} />}
        {error === undefined && (demo === undefined ? <Home /> : <Page key={demo.path} demo={demo} />)}
      </main>
      {error === undefined && <Share />}
    </>
  );
}
