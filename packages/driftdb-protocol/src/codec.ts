/**
 * Encodes messages into frames and decodes frames. There are two codecs: JSON, and CBOR for byte strings
 * (P7).
 */
export interface Codec {
  readonly name: "json" | "cbor";
  /**
   * Encodes a message: text for JSON, binary for CBOR. Like `JSON.stringify`, it leaves out undefined fields
   * and calls `toJSON`. A byte string may be any typed array or a DataView.
   */
  encode(message: object): string | Uint8Array<ArrayBuffer>;
  /**
   * Decodes a frame. The result is unchecked.
   *
   * @throws {FrameError} `not_json` or `not_cbor`; `bad_value` for CBOR with too many levels.
   */
  decode(frame: string | Uint8Array): unknown;
}
