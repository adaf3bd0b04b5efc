import { useSharedReducer } from "driftdb-react";

/** Everybody folds the same actions in the same order: two clicks at once count as two. */
function add(count: number, by: number): number {
  return count + by;
}

/** A number that is changed by actions, not set: nobody's click is lost. */
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
