import type { SliceOrder, Windows } from "./windows.js";

/**
 * Lets this program follow orders: it connects on the first one and answers `{}`, then answers slices with
 * `SliceReport`s.
 */
export function answerSlices<Order extends object>(connect: (order: Order) => Promise<Windows>): void {
  let windows: Windows | undefined;
  // The bench has ended.
  process.once("disconnect", () => process.exit());
  process.on("message", async (order: Order | SliceOrder) => {
    if ("time" in order) {
      process.send?.(await windows?.slice(order));
    } else {
      windows = await connect(order);
      process.send?.({});
    }
  });
}
