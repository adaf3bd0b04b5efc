import { usePresence } from "driftdb-react";

export function Headcount() {
  const others = usePresence("cursors", undefined, { select: (all) => Object.keys(all).length });
  return <p>{others === 0 ? "You are alone" : `You and ${others} more`}</p>;
}
