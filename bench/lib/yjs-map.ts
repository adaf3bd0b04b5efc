import * as Y from "yjs";
import { numbered, numberIn } from "./dialect.js";

/**
 * Sets one key of a shared map over and over, which is how a user of Yjs shows something to others. Yjs has
 * no messages without storage, so its servers do more than the others here: they apply each update to a
 * document of their own, and broadcast it. The document does not grow, because it drops overwritten values.
 */
export class YjsMap {
  readonly #doc = new Y.Doc();
  readonly #map = this.#doc.getMap<string>("bench");
  #update: Uint8Array = new Uint8Array();

  constructor() {
    this.#doc.on("update", (update: Uint8Array) => {
      this.#update = update;
    });
  }

  /**
   * Makes the update that sets the key to a text of `bytes` bytes. Updates depend on each other: send each
   * one once, in order, or the server waits for the missing ones.
   */
  set(n: number, bytes: number): Uint8Array {
    this.#map.set("value", numbered(n, bytes));
    return this.#update;
  }
}

/** The maps of all rooms of this process. */
export class YjsMaps {
  readonly #rooms = new Map<string, YjsMap>();

  in(room: string): YjsMap {
    let map = this.#rooms.get(room);
    if (!map) {
      map = new YjsMap();
      this.#rooms.set(room, map);
    }
    return map;
  }
}

/**
 * The number in an update. Bytes before it are arbitrary (ids and clocks), so the search looks for the
 * leading zeros.
 */
export const numberInUpdate = (payload: Buffer): number =>
  numberIn(payload.subarray(payload.indexOf("#000", 0, "latin1")));
