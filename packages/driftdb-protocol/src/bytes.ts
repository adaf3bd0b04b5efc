/** The bytes that a typed array or a DataView shows, without copying them. */
export function toBytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Shared: making a decoder takes longer than decoding a short frame. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 exactly: it replaces nothing and keeps a byte order mark.
 *
 * @throws {TypeError} when the bytes are not UTF-8.
 */
export function utf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
