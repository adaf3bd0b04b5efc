/** Bytes or text on the wire, and what they mean. Two of them: JSON, and CBOR for byte strings (P7). */
export interface Codec {
  readonly name: "json" | "cbor";
  /**
   * The frame of a message. Text for JSON, binary for CBOR. Undefined fields are left out, whatever
   * has a `toJSON` is what that says, and byte strings may be any typed array or view.
   */
  encode(message: object): string | Uint8Array<ArrayBuffer>;
  /**
   * What a frame says, unchecked.
   *
   * @throws {FrameError} `not_json` or `not_cbor`; `bad_value` for CBOR that is nested too deep.
   */
  decode(frame: string | Uint8Array): unknown;
}
