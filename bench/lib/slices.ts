import type { SliceOrder, Windows } from "./windows.js";

/** Has this program do what it is told: connect at first, and answer `{}`; then slices, and answer their `SliceReport`s. */
export function answerSlices<Order extends object>(connect: (order: Order) => Promise<Windows>): void {
  let windows: Windows | undefined;
  // Whoever has asked for it is gone.
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
