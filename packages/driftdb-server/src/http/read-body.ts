import type { IncomingMessage } from "node:http";
import { MESSAGE_LIMITS } from "driftdb-protocol";
import { HttpError } from "./http-error.js";

/** How much of a body that is too large is read, so that a client that is still sending gets its answer. */
const PATIENCE = 16 * MESSAGE_LIMITS.messageBytes;

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
    if (size <= MESSAGE_LIMITS.messageBytes) chunks.push(chunk);
    else chunks = [];
    if (size > PATIENCE) break;
  }
  if (size <= MESSAGE_LIMITS.messageBytes) return Buffer.concat(chunks);
  throw new HttpError(413, "too_large", `the message has more than ${MESSAGE_LIMITS.messageBytes} bytes`, {
    connection: "close",
  });
}
