import { useHost, useSharedReducer } from "driftdb-react";
import { useEffect } from "react";

export function Clock() {
  const { isHost } = useHost();
  // A tick carries its number, so that only the first of two equal ticks counts.
  const [time, tick] = useSharedReducer("clock", (last, next) => (next === last + 1 ? next : last), 0);

  useEffect(() => {
    if (!isHost) return;
    const timer = setTimeout(() => tick(time + 1), 1_000);
    return () => clearTimeout(timer);
  }, [isHost, time, tick]);

  return <p>{isHost ? `${time}, by me` : time}</p>;
}
