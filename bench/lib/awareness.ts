import { createDecoder, readVarString, readVarUint } from "lib0/decoding";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import { Doc } from "yjs";
import type { Moved, Position } from "./cursor.js";

/** What a client of Yjs lets the others know of itself, with nothing but its pointer in it. */
export class PointerAwareness {
  readonly #awareness = new Awareness(new Doc());

  /** The update that tells of a position. */
  move(position: Position): Uint8Array {
    this.#awareness.setLocalState(position);
    return encodeAwarenessUpdate(this.#awareness, [this.#awareness.clientID]);
  }
}

/** Tells of each position in an update. */
export function readAwareness(update: Uint8Array, moved: Moved): void {
  const decoder = createDecoder(update);
  for (let left = readVarUint(decoder); left > 0; left--) {
    const client = readVarUint(decoder);
    // How often it has changed.
    readVarUint(decoder);
    const state = JSON.parse(readVarString(decoder)) as Position | null;
    // A client that is gone, or has not been heard from for half a minute, has none.
    if (state) moved(client, state);
  }
}
