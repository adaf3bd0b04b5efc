import { expect, test } from "vitest";
import { browser, site, withPage } from "./demo-site.js";

withPage("every-hook");

test("StrictMode: 100 mounts and unmounts of a tree with every hook leave the heap within 5 %", async () => {
  const page = await browser.newPage();
  const wrong: string[] = [];
  page.on("pageerror", ({ message }) => wrong.push(message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  await page.goto(site.url);
  const session = await page.context().newCDPSession(page);
  const cycle = (times: number) =>
    page.evaluate(
      (count) => (window as unknown as { cycle(times: number): Promise<void> }).cycle(count),
      times,
    );
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  // The first mounts load code on demand, and compile it.
  await cycle(100);
  const before = await heap();
  await cycle(100);
  // Sockets need a moment to close.
  await expect.poll(heap, { timeout: 20_000, interval: 500 }).toBeLessThan(before * 1.05);
  const change = ((await heap()) / before - 1) * 100;
  console.log(`heap: ${before} bytes before 100 mounts of every hook, ${change.toFixed(1)} % more after`);
  expect(wrong).toEqual([]);
});
