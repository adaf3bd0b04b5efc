import { networkInterfaces } from "node:os";

/**
 * Where a server can be reached: its own URL or, when it listens on all addresses, one URL for each
 * that this machine has.
 *
 * @param url as the server was told to listen, with the port it got.
 */
export function reachableUrls(url: string, host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [url];
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family }) => family === "IPv4")
    .sort((a, b) => Number(b.internal) - Number(a.internal));
  return addresses.map(({ address }) => {
    const reachable = new URL(url);
    reachable.hostname = address;
    return reachable.href;
  });
}
