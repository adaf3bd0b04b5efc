import { FrameError, type Key } from "driftdb-protocol";
import { Refusal } from "../engine/engine.js";
import type { BroadcastFrames } from "../room/broadcast-frames.js";
import type { Member, RoomHost } from "../room/room-host.js";
import type { ClientSocket, Receiver } from "../wire/client-socket.js";
import { Frame } from "../wire/frame.js";
import { answerPlain } from "./plain-requests.js";
import { readRequest } from "./read-request.js";

/** One plain WebSocket in a room (P2–P8, P10). */
export class PlainConnection implements Member, Receiver {
  readonly #socket: ClientSocket;
  readonly #room: RoomHost;
  readonly #debug: boolean;

  /** @param debug whether it sees a key's whole stream after each change of it, in place of the change (P8). */
  constructor(socket: ClientSocket, room: RoomHost, debug: boolean) {
    this.#socket = socket;
    this.#room = room;
    this.#debug = debug;
    room.join(this);
    if (debug) this.#showAll();
  }

  /** Takes one frame: binary is CBOR, text is JSON (P7). */
  receive(frame: Uint8Array, binary: boolean): void {
    const { engine } = this.#room;
    try {
      const request = readRequest(frame, binary);
      const goOn = request.type === "get" && request.seq !== null ? this.#socket.hold() : undefined;
      answerPlain(engine, request, (reply) => {
        if (reply instanceof Refusal) {
          this.#socket.complain(reply);
          goOn?.();
        } else if (reply && goOn) this.#socket.sendInit(reply, goOn);
        else if (reply) this.#socket.send(reply);
      });
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // In its place among the answers, so that a client can tell what it is about.
      engine.barrier(() => this.#socket.complain(error));
    }
  }

  left(): void {
    this.#room.leave(this);
  }

  message({ key, retained, plain }: BroadcastFrames): void {
    if (this.#debug && retained) this.#show(key);
    else this.#socket.send(plain);
  }

  // It sees each hold as a push, and no release (S9).
  held(): void {}

  compacted(key: Key): void {
    if (this.#debug) this.#show(key);
  }

  /** Reads nothing meanwhile (D18). */
  #showAll(): void {
    const goOn = this.#socket.hold();
    this.#room.engine.keys((keys) => this.#showEach((keys instanceof Refusal ? [] : keys).values(), goOn));
  }

  /** One when the one before is on its way: all together are more than a client may leave unread (S12). */
  #showEach(keys: Iterator<Key>, done: () => void): void {
    const next = keys.next();
    if (next.done || !this.#socket.isOpen) done();
    else this.#show(next.value, () => this.#showEach(keys, done));
  }

  #show(key: Key, sent?: () => void): void {
    this.#room.engine.get(key, 0, (entries) => {
      if (entries instanceof Refusal) sent?.();
      else this.#socket.sendInit(Frame.init(key, entries), sent);
    });
  }
}
