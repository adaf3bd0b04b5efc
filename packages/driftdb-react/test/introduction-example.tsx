// biome-ignore-all format: the introduction's text, letter for letter
// biome-ignore-all lint: the introduction's text, letter for letter
import { DriftDBProvider, useSharedState } from 'driftdb-react'

function StateDemo() {
    // useSharedState is like useState, but synchronized with other clients.
    const [slider, setSlider] = useSharedState("slider", 0)

    return <div>
        <input
            type="range"
            value={slider}
            onChange={e => setSlider(parseInt(e.target.value))}
        />
    </div>
}

export default function SliderDemo() {
    /*  TODO: fill with a key from jamsocket.live,
        or your own hosted DriftDB instance. */
    const dbUrl = "https://api.jamsocket.live/db/FILL_ME_IN"
    return <div>
        <DriftDBProvider api={dbUrl}>
            <StateDemo />
        </DriftDBProvider>
    </div>
}
