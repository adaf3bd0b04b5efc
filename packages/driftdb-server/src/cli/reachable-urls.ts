import { networkInterfaces } from "node:os";

/**
 * The URLs that reach a server. A server that listens on all addresses has one for each IPv4 address of this
 * machine.
 *
 * @param url the URL that `listen` returned.
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
