import type { Key } from "driftdb-protocol";
import type { Connection } from "../core/request.js";
import type { Answer } from "../engine/engine.js";
import type { Frame } from "../frame/frame.js";
import type { BroadcastFrames } from "./broadcast-frames.js";

/** Somebody who asks a room for something. A host hands each answer to the connection of its request. */
export interface Asker extends Connection {
  answered(answer: Answer): void;
  /** The room is gone from here: nothing is answered any more, and the client must come back. */
  lost(): void;
}

/** A connection that is in a room. */
export interface Member extends Asker {
  /** A message, or a hold, of the room. */
  message(frames: BroadcastFrames): void;
  /** What sessions alone are told: of a release (S9), or of holds that they were not told of before (D23). */
  held(frame: Frame): void;
  /** A compaction was applied, which is not broadcast (M3). */
  compacted(key: Key): void;
  /** Another connection acts for the session now (S10). */
  takenOver(): void;
  /** The outputs are all delivered: sends the acknowledgements that were gathered meanwhile (S4). */
  flush(): void;
}
