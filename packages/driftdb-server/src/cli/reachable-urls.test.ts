import { expect, test } from "vitest";
import { reachableUrls } from "./reachable-urls.js";

test.each(["127.0.0.1", "localhost", "192.0.2.1", "::1"])("a server on %s has one URL", (host) => {
  expect(reachableUrls("http://example:8080/", host)).toEqual(["http://example:8080/"]);
});

test.each(["0.0.0.0", "::"])("a server on %s has a URL for each address, with 127.0.0.1 first", (host) => {
  const urls = reachableUrls("http://0.0.0.0:8123/db/", host);
  expect(urls[0]).toBe("http://127.0.0.1:8123/db/");
  for (const url of urls) expect(url).toMatch(/^http:\/\/[\d.]+:8123\/db\/$/);
  expect(new Set(urls).size).toBe(urls.length);
});
