import type { IncomingMessage } from "node:http";
import { MESSAGE_LIMITS } from "driftdb-protocol";
import { HttpError } from "./http-error.js";

/**
 * The body of a request, of one message's size at most.
 *
 * @throws {HttpError} 413 for a larger one.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MESSAGE_LIMITS.messageBytes) {
      throw new HttpError(
        413,
        "too_large",
        `the message has more than ${MESSAGE_LIMITS.messageBytes} bytes`,
        {
          connection: "close",
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
