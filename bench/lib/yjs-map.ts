import * as Y from "yjs";
import { numbered, numberIn } from "./dialect.js";

/**
 * What a user of Yjs does to have others see something: a key of a shared map is set, over and over. Yjs has no message
 * that nobody keeps, so its servers do more than the others here: they apply each update to a document of their own, and
 * broadcast that. The document does not grow, since it drops what has been overwritten.
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
   * The update that sets the key to a text of so many bytes. Each follows the one before: all are to be sent, once, in
   * order, or the server waits for those that are missing.
   */
  set(n: number, bytes: number): Uint8Array {
    this.#map.set("value", numbered(n, bytes));
    return this.#update;
  }
}

/** Those of the rooms of this process. */
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

/** The number in an update. It stands between ids and clocks, where a byte may be anything, so it is looked for by its first zeros. */
export const numberInUpdate = (payload: Buffer): number =>
  numberIn(payload.subarray(payload.indexOf("#000", 0, "latin1")));
