import { useSharedReducer } from "driftdb-react";

/** All clients apply the same actions in the same order, so simultaneous clicks all count. */
function add(count: number, by: number): number {
  return count + by;
}

/** A number that actions change. No click is lost, since no client sets the number itself. */
export function CounterDemo() {
  const [count, dispatch] = useSharedReducer("counter", add, 0);

  return (
    <div className="counter">
      <button type="button" className="round" aria-label="Decrement" onClick={() => dispatch(-1)}>
        −
      </button>
      <output className="count" data-testid="count">
        {count}
      </output>
      <button type="button" className="round" aria-label="Increment" onClick={() => dispatch(1)}>
        +
      </button>
    </div>
  );
}
