import { CLOSE_TRY_LATER, FrameError, type Key } from "driftdb-protocol";
import type { GetRequest } from "../core/request.js";
import type { Answer } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import type { Receiver, Transport } from "../frame/transport.js";
import type { BroadcastFrames } from "../room/broadcast-frames.js";
import type { Member } from "../room/member.js";
import type { RoomHost } from "../room/room-host.js";
import { Complaint, errorFrame, plainReply } from "./plain-reply.js";
import { barrier, readRequest } from "./read-request.js";

/** The keys that are shown to a debug connection at its beginning, one after the other. */
interface Showing {
  readonly keys: Iterator<Key>;
  /** The get of the key that is due. */
  request: GetRequest | undefined;
}

/** One plain WebSocket in a room (P2–P8, P10). */
export class PlainConnection implements Member, Receiver {
  readonly session = null;
  readonly #socket: Transport;
  readonly #room: RoomHost;
  readonly #debug: boolean;
  /** What the client reads next is held back until this has been answered (D18). */
  #reading: GetRequest | undefined;
  #readOn = () => {};
  #showing: Showing | undefined;

  /** @param debug whether it sees a key's whole stream after each change of it, in place of the change (P8). */
  constructor(socket: Transport, room: RoomHost, debug: boolean) {
    this.#socket = socket;
    this.#room = room;
    this.#debug = debug;
    room.enter(this);
    room.join(this);
    if (!debug) return;
    // Reads nothing meanwhile (D18).
    this.#readOn = socket.hold();
    room.submit({ type: "keys", connection: this });
  }

  /** Takes one frame: binary is CBOR, text is JSON (P7). */
  receive(frame: Uint8Array, binary: boolean): void {
    try {
      const request = readRequest(frame, binary, this);
      if (request.type === "get") {
        this.#reading = request;
        this.#readOn = this.#socket.hold();
      }
      this.#room.submit(request);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#room.submit(barrier(this, { do: "complain", error }));
    }
  }

  left(): void {
    this.#room.exit(this);
    this.#room.leave(this);
  }

  answered(answer: Answer): void {
    const { request } = answer;
    if (request.type === "keys") {
      this.#showing = { keys: (answer.type === "keys" ? answer.keys : []).values(), request: undefined };
      this.#showNext();
    } else if (request.type === "get" && request !== this.#reading) {
      this.#shown(answer, request);
    } else {
      this.#reply(answer);
    }
  }

  message(frames: BroadcastFrames): void {
    if (this.#debug && frames.isRetained) this.#show(frames.key);
    else this.#socket.send(frames.plain);
  }

  // It sees each hold as a push, and no release (S9).
  held(): void {}

  compacted(key: Key): void {
    if (this.#debug) this.#show(key);
  }

  // It has no session that another connection could take over, nor acknowledgements.
  takenOver(): void {}
  flush(): void {}

  lost(): void {
    this.#socket.close(CLOSE_TRY_LATER, "the room is being opened again: come back");
  }

  #reply(answer: Answer): void {
    const readOn = answer.request === this.#reading ? this.#readOn : undefined;
    if (readOn) this.#reading = undefined;
    const reply = plainReply(answer);
    if (reply instanceof Complaint) {
      this.#socket.send(errorFrame(reply.why));
      readOn?.();
    } else if (reply && readOn) {
      this.#socket.sendInit(reply, readOn);
    } else if (reply) {
      this.#socket.send(reply);
    }
  }

  #show(key: Key): GetRequest {
    const request = { type: "get", connection: this, key, seq: 0 } as const;
    this.#room.submit(request);
    return request;
  }

  #shown(answer: Answer, request: GetRequest): void {
    const isNext = request === this.#showing?.request;
    const sent = isNext ? () => this.#showNext() : undefined;
    if (answer.type === "entries") this.#socket.sendInit(Frame.init(request.key, answer.entries), sent);
    else sent?.();
  }

  /** One when the one before is on its way: all together are more than a client may leave unread (S12). */
  #showNext(): void {
    const showing = this.#showing;
    const next = showing?.keys.next();
    if (showing && next && !next.done && this.#socket.isOpen) {
      showing.request = this.#show(next.value);
    } else {
      this.#showing = undefined;
      this.#readOn();
    }
  }
}
