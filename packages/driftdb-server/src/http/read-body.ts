import type { IncomingMessage } from "node:http";
import { ERROR_TOO_LARGE, MAX_MESSAGE_BYTES } from "driftdb-protocol";
import { HttpError } from "./http-error.js";

/**
 * Bytes that the server reads of a body that is too large. Many clients read the answer only after sending.
 */
const MAX_READ_BYTES = 16 * MAX_MESSAGE_BYTES;

/**
 * Reads the body of a request, up to `MAX_MESSAGE_BYTES`.
 *
 * @throws {HttpError} 413 for a larger body.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  // By default, leaving the loop early destroys the request, and the answer could not be sent.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= MAX_MESSAGE_BYTES) chunks.push(chunk);
    else chunks = [];
    if (size > MAX_READ_BYTES) break;
  }
  if (size <= MAX_MESSAGE_BYTES) return Buffer.concat(chunks);
  const message = `the message has more than ${MAX_MESSAGE_BYTES} bytes: send several messages`;
  throw new HttpError(413, ERROR_TOO_LARGE, message, { connection: "close" });
}
