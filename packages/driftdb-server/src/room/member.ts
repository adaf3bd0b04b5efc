import type { Key } from "driftdb-protocol";
import type { Connection } from "../core/request.js";
import type { Answer } from "../engine/engine.js";
import type { Frame } from "../frame/frame.js";
import type { BroadcastFrames } from "./broadcast-frames.js";

/** A connection that submits requests to a room. The host hands it the answers. */
export interface Asker extends Connection {
  answered(answer: Answer): void;
  /** The room was lost: it answers no more requests. The client has to reconnect. */
  lost(): void;
}

/** A connection that receives a room's broadcasts. */
export interface Member extends Asker {
  /** The room broadcasts a message or a hold. */
  message(frames: BroadcastFrames): void;
  /** The room sends sessions a release (S9), or the holds that waited (D23). */
  held(frame: Frame): void;
  /** The room applied a compaction, which it does not broadcast (M3). */
  compacted(key: Key): void;
  /** Another connection acts for the session now (S10). */
  takenOver(): void;
  /** All outputs are delivered: sends the acknowledgements that were collected (S4). */
  flush(): void;
}
