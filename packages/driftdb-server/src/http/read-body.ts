import type { IncomingMessage } from "node:http";
import { ERROR_TOO_LARGE, MAX_MESSAGE_BYTES } from "driftdb-protocol";
import { HttpError } from "./http-error.js";

/** How much of a body that is too large is read, so that a client that is still sending gets its answer. */
const PATIENCE = 16 * MAX_MESSAGE_BYTES;

/**
 * The body of a request, of one message's size at most.
 *
 * @throws {HttpError} 413 for a larger one.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  // An iterator that is left early destroys the request, and with it the way for the answer, unless told not to.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= MAX_MESSAGE_BYTES) chunks.push(chunk);
    else chunks = [];
    if (size > PATIENCE) break;
  }
  if (size <= MAX_MESSAGE_BYTES) return Buffer.concat(chunks);
  throw new HttpError(413, ERROR_TOO_LARGE, `the message has more than ${MAX_MESSAGE_BYTES} bytes`, {
    connection: "close",
  });
}
