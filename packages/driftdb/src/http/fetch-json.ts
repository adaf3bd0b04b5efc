import { HttpError, KINDS, ServerUnreachableError } from "../errors.js";

/**
 * Fetches JSON from a server. Errors name its origin at most, since the path has the room's id, which is a
 * secret.
 *
 * @throws {ServerUnreachableError | HttpError}
 */
export async function fetchJson(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init).catch(() => {
    const { origin } = new URL(url, globalThis.location?.href);
    throw new ServerUnreachableError(
      "server_unreachable",
      `no answer from ${origin}: is the server running?`,
    );
  });
  const { status } = response;
  if (!response.ok) {
    const [Kind, message] = KINDS[status] ?? [HttpError, `HTTP ${status}`];
    const error = new Kind(`http_${status}`, message, status) as HttpError;
    error.retryAfterMs = Number(response.headers.get("retry-after")) * 1000 || 0;
    throw error;
  }
  return response.json().catch(unexpected);
}

/** The answer is not that of a DriftDB server. */
export function unexpected(): never {
  throw new HttpError("unexpected_answer", "is this a DriftDB server?");
}
