/** The bytes under any typed array or view, as they lie in memory. Not a copy. */
export function toBytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** To make one takes longer than to read a short frame with it. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text that UTF-8 bytes spell, to the letter: nothing is replaced, no byte order mark taken away.
 *
 * @throws {TypeError} if they are not UTF-8.
 */
export function utf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
