import type { Server as HttpServer, IncomingMessage } from "node:http";

/**
 * Passes the requests or upgrades under a path to `own`, and all others to the server's earlier listeners. It
 * replaces those listeners, since most of them answer or refuse every request that they see.
 *
 * @returns a function that restores the earlier listeners.
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
    // Without other listeners, the request would never get an answer.
    else if (mounted && server.listenerCount(event) === 1) own(request, ...rest);
  };
  server.removeAllListeners(event).on(event, listener as Listener);
  return () => {
    mounted = false;
    // A later mount may have replaced this listener and still calls it. It then passes everything on.
    if (!server.listeners(event).includes(listener as Listener)) return;
    server.off(event, listener as Listener);
    for (const other of others) server.on(event, other);
  };
}
