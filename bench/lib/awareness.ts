import { createDecoder, readVarString, readVarUint } from "lib0/decoding";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import { Doc } from "yjs";
import type { Moved, Position } from "./cursor.js";

/** The awareness state of a Yjs client, which contains its pointer only. */
export class PointerAwareness {
  readonly #awareness = new Awareness(new Doc());

  /** The update that announces a position. */
  move(position: Position): Uint8Array {
    this.#awareness.setLocalState(position);
    return encodeAwarenessUpdate(this.#awareness, [this.#awareness.clientID]);
  }
}

/** Reports each position in an update. */
export function readAwareness(update: Uint8Array, moved: Moved): void {
  const decoder = createDecoder(update);
  for (let left = readVarUint(decoder); left > 0; left--) {
    const client = readVarUint(decoder);
    // The clock of the state.
    readVarUint(decoder);
    const state = JSON.parse(readVarString(decoder)) as Position | null;
    // A client that has left, or was silent for 30 s, has no state.
    if (state) moved(client, state);
  }
}
