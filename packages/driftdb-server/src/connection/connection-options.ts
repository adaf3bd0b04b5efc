/** What a client asks for in the query of `socket_url`. */
export interface ConnectionOptions {
  /** P7: the server's frames are CBOR. */
  readonly cbor: boolean;
  /** P8. */
  readonly debug: boolean;
  /** The session's secret id; absent on a plain connection. */
  readonly cid?: string;
  /** S2: a session that is in every broadcast. */
  readonly allKeys: boolean;
}
