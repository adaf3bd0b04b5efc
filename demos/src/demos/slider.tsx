import { useSharedState } from "driftdb-react";

/** A number that everybody in the room can change and see. */
export function SliderDemo() {
  const [slider, setSlider] = useSharedState("slider", 0);

  return (
    <div className="slider">
      <div className="dial">
        <svg viewBox="0 0 120 120" aria-hidden="true">
          <circle className="dial-track" cx="60" cy="60" r="54" />
          <circle
            className="dial-fill"
            cx="60"
            cy="60"
            r="54"
            pathLength={100}
            strokeDasharray={`${slider} 100`}
          />
        </svg>
        <span className="dial-value" aria-hidden="true">
          {slider}
        </span>
      </div>
      <input
        type="range"
        min={0}
        max={100}
        value={slider}
        onChange={(event) => setSlider(event.target.valueAsNumber)}
        aria-label="Slider"
      />
    </div>
  );
}
