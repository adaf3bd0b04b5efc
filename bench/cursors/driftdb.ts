import { randomBytes } from "node:crypto";
import { uniqueClientId } from "driftdb";
import { cbor } from "driftdb-protocol/cbor";
import { newRoom, socketUrl } from "../../gates/lib/room.js";
import type { Cursor, Cursors, Moved, Position } from "../lib/cursor.js";
import { HeldBy } from "../lib/held-by.js";
import type { RawSocket } from "../lib/raw-socket.js";

const KEY = "cursors";

/** A position, or the value that usePresence makes of it, which names the client. */
type Shown = Position | { readonly client: string; readonly value: Position };

interface Hold {
  readonly from: string;
  readonly value: Shown;
  readonly seq: number;
}

/** The frames that a client receives which only holds. */
type Frame =
  | { readonly type: "hello" | "pong" }
  | { readonly type: "init"; readonly held?: readonly Hold[] }
  | ({ readonly type: "push" } & Hold)
  | { readonly type: "holds"; readonly seq: number; readonly holds: readonly (number | Shown)[] }
  | { readonly type: "release"; readonly from: string }
  | { readonly type: "error"; readonly message: string };

class DriftDBCursor implements Cursor {
  hasJoined = false;
  readonly #cbor: boolean;
  readonly #client: string | undefined;
  readonly #held = new HeldBy();
  #socket: RawSocket | undefined;

  constructor(
    readonly url: string,
    { cbor: useCbor = false, presence = false }: Options,
  ) {
    this.#cbor = useCbor;
    this.#client = presence ? uniqueClientId() : undefined;
  }

  open(socket: RawSocket): void {
    this.#socket = socket;
  }

  take(payload: Buffer, binary: boolean, moved: Moved): void {
    const frame = (binary ? cbor.decode(payload) : JSON.parse(payload.toString())) as Frame;
    if (frame.type === "push") {
      this.#held.by(frame.from, frame.seq);
      moved(frame.from, positionOf(frame.value));
    } else if (frame.type === "holds") {
      // Each hold is a pair: the distance to the session's hold before, and the value.
      for (let i = 0; i < frame.holds.length; i += 2) {
        const seq = frame.seq + i / 2;
        moved(
          this.#held.again(seq - (frame.holds[i] as number), seq),
          positionOf(frame.holds[i + 1] as Shown),
        );
      }
    } else if (frame.type === "hello") {
      const { payload, binary } = this.#encode({ type: "get", key: KEY });
      this.#socket?.send(payload, binary);
    } else if (frame.type === "init") {
      for (const { from, seq } of frame.held ?? []) this.#held.by(from, seq);
      this.hasJoined = true;
    } else if (frame.type === "release") this.#held.letGo(frame.from);
    else if (frame.type === "error") throw new Error(frame.message);
  }

  move(position: Position) {
    const value: Shown = this.#client ? { client: this.#client, value: position } : position;
    return this.#encode({ type: "push", key: KEY, value, action: { type: "hold" } });
  }

  #encode(frame: object) {
    return this.#cbor
      ? { payload: Buffer.from(cbor.encode(frame) as Uint8Array), binary: true }
      : { payload: Buffer.from(JSON.stringify(frame)), binary: false };
  }
}

interface Options {
  readonly cbor?: boolean;
  /** Whether it holds the values that usePresence holds. */
  readonly presence?: boolean;
}

/** DriftDB: holds of one key, in sessions that listen to it. The sender receives its own holds too. */
export const driftdbCursors = (options: Options = {}): Cursors => ({
  name: `driftdb${options.cbor ? " CBOR" : ""}${options.presence ? " usePresence" : ""}`,
  program: "server",
  args: (directory) => ["--data", directory(), "--no-limits"],
  makeRoom: newRoom,
  client(server, room) {
    const cid = randomBytes(16).toString("base64url");
    const query = `v=2&cid=${cid}${options.cbor ? "&cbor=true" : ""}`;
    return new DriftDBCursor(`${socketUrl(server, room)}?${query}`, options);
  },
});

const positionOf = (shown: Shown): Position => ("client" in shown ? shown.value : shown);
