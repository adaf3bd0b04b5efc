/** The kind of a frame (RFC 6455, 5.2). */
export type Opcode = 0 | 1 | 2;
export const [CONTINUATION, TEXT, BINARY] = [0, 1, 2] as const;

/**
 * A WebSocket frame of a server, which is not masked (RFC 6455, 5.2).
 *
 * @param final whether it is the last frame of its message.
 */
export function wsFrame(opcode: Opcode, payload: string | Uint8Array, final = true): Buffer {
  const text = typeof payload === "string";
  const length = text ? Buffer.byteLength(payload) : payload.length;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = (final ? 0x80 : 0) | opcode;
  if (head === 2) {
    frame[1] = length;
  } else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUIntBE(0, 2, 2);
    frame.writeUIntBE(length, 4, 6);
  }
  // Most text is ASCII, which Node copies faster as latin1.
  if (text) frame.write(payload, head, length === payload.length ? "latin1" : "utf8");
  else frame.set(payload, head);
  return frame;
}
