// Clients that join rooms and then only send what their server expects. The process reports when all have
// joined.
import { Member } from "../lib/members.js";
import { variantOf } from "../variants.js";

export interface IdleOrder {
  readonly variant: string;
  readonly server: string;
  readonly connections: number;
  readonly rooms: number;
}

// The bench has ended.
process.once("disconnect", () => process.exit());
process.once("message", async ({ variant, server, connections, rooms }: IdleOrder) => {
  const { dialect } = variantOf(variant);
  const names = await Promise.all(
    Array.from({ length: rooms }, (_, i) => dialect.makeRoom?.(server) ?? `room-${i}`),
  );
  await Member.joinAll(dialect, server, connections, (i) => names[i % rooms] as string);
  process.send?.({});
});
