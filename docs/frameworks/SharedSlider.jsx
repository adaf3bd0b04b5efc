import { from } from "solid-js";
import { clicks, db, slider } from "./room";

export function SharedSlider() {
  const value = from(slider);
  const sum = from(clicks);
  const status = from(db.statusListener);
  return (
    <>
      <input
        type="range"
        value={value() ?? 0}
        onInput={(event) => slider.setStateOptimistic(event.currentTarget.valueAsNumber)}
      />
      <button type="button" onClick={() => clicks.dispatch(1)}>
        {sum()} clicks
      </button>
      <p>{status().connected ? "connected" : status().reason}</p>
    </>
  );
}
