/** The options in the query of a `socket_url`. */
export interface ConnectionOptions {
  /** Whether the server's frames are CBOR (P7). */
  readonly cbor: boolean;
  /** Whether the connection shows whole streams, for debugging (P8). */
  readonly debug: boolean;
  /** The session's secret id. Absent for a plain connection. */
  readonly cid?: string;
  /** Whether a session receives all broadcasts (S2). */
  readonly allKeys: boolean;
}
