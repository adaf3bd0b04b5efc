/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The port of the DriftDB server, on the host that the page came from. Default 8080. */
  readonly VITE_DRIFTDB_PORT?: string;
}
