/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The port of the DriftDB server on the page's own host. Default 8080. */
  readonly VITE_DRIFTDB_PORT?: string;
}
