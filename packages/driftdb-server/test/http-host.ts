import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** The HTTP server of an application, which answers each request with "host", the method and the URL. */
export async function httpHost(): Promise<{ http: Server; url: string }> {
  const http = createServer((request, response) => {
    response.end(`host ${request.method} ${request.url}`);
  });
  onTestFinished(() => void http.close().closeAllConnections());
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return { http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/` };
}
