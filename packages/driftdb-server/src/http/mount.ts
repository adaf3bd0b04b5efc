import type { Server as HttpServer, IncomingMessage } from "node:http";

/**
 * Hands the requests or upgrades under a path to `own`, and the others to those who listened before.
 * Takes the place of the listeners there are, since most of them answer, or refuse, all they see.
 *
 * @returns puts everything back.
 */
export function mount<Rest extends unknown[]>(
  server: HttpServer,
  event: "request" | "upgrade",
  path: string,
  own: (request: IncomingMessage, ...rest: Rest) => void,
): () => void {
  type Listener = (...args: unknown[]) => void;
  const others = server.listeners(event) as Listener[];
  let mounted = true;
  const listener = (request: IncomingMessage, ...rest: Rest): void => {
    if (mounted && request.url?.startsWith(path)) own(request, ...rest);
    else if (others.length > 0) for (const other of others) other.call(server, request, ...rest);
    // Nobody else would ever answer.
    else if (mounted && server.listenerCount(event) === 1) own(request, ...rest);
  };
  server.removeAllListeners(event).on(event, listener as Listener);
  return () => {
    mounted = false;
    // Where something was mounted over it, it stays below that, and lets everything through.
    if (!server.listeners(event).includes(listener as Listener)) return;
    server.off(event, listener as Listener);
    for (const other of others) server.on(event, other);
  };
}
