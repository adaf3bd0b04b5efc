import { CLOSE_TRY_LATER, FrameError, type Key } from "driftdb-protocol";
import type { GetRequest } from "../core/request.js";
import type { Answer } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import type { Receiver, Transport } from "../frame/transport.js";
import type { BroadcastFrames } from "../room/broadcast-frames.js";
import type { Member } from "../room/member.js";
import type { RoomHost } from "../room/room-host.js";
import { ErrorReply, errorFrame, plainReply } from "./plain-reply.js";
import { barrier, readRequest } from "./read-request.js";

/** The streams that a debug connection shows when it opens, one key after the other. */
interface InitialStreams {
  readonly keys: Iterator<Key>;
  /** The get of the current key. */
  request: GetRequest | undefined;
}

/** A plain connection in a room (P2–P8, P10). */
export class PlainConnection implements Member, Receiver {
  readonly session = null;
  readonly #socket: Transport;
  readonly #room: RoomHost;
  readonly #debug: boolean;
  /** The client's get that is not answered yet. Reading is paused until then (D18). */
  #pendingGet: GetRequest | undefined;
  #resumeReading = () => {};
  #initialStreams: InitialStreams | undefined;

  /** @param debug whether to send a key's whole stream after each change, instead of the change (P8). */
  constructor(socket: Transport, room: RoomHost, debug: boolean) {
    this.#socket = socket;
    this.#room = room;
    this.#debug = debug;
    room.enter(this);
    room.join(this);
    if (!debug) return;
    // The client's frames wait until the initial streams are sent (D18).
    this.#resumeReading = socket.pause();
    room.submit({ type: "keys", connection: this });
  }

  receive(frame: Uint8Array, binary: boolean): void {
    try {
      const request = readRequest(frame, binary, this);
      if (request.type === "get") {
        this.#pendingGet = request;
        this.#resumeReading = this.#socket.pause();
      }
      this.#room.submit(request);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#room.submit(barrier(this, { do: "error", error }));
    }
  }

  left(): void {
    this.#room.exit(this);
    this.#room.leave(this);
  }

  answered(answer: Answer): void {
    const { request } = answer;
    if (request.type === "keys") {
      this.#initialStreams = {
        keys: (answer.type === "keys" ? answer.keys : []).values(),
        request: undefined,
      };
      this.#requestNextStream();
    } else if (request.type === "get" && request !== this.#pendingGet) {
      this.#sendStream(answer, request);
    } else {
      this.#reply(answer);
    }
  }

  message(frames: BroadcastFrames): void {
    if (this.#debug && frames.isRetained) this.#requestStream(frames.key);
    else this.#socket.send(frames.plain);
  }

  // A plain connection receives each hold as a push, and no releases (S9).
  held(): void {}

  compacted(key: Key): void {
    if (this.#debug) this.#requestStream(key);
  }

  // A plain connection has no session to take over, and no acknowledgements to flush.
  takenOver(): void {}
  flush(): void {}

  lost(): void {
    this.#socket.close(CLOSE_TRY_LATER, "the server lost this room and has to open it again: reconnect");
  }

  #reply(answer: Answer): void {
    const resumeReading = answer.request === this.#pendingGet ? this.#resumeReading : undefined;
    if (resumeReading) this.#pendingGet = undefined;
    const reply = plainReply(answer);
    if (reply instanceof ErrorReply) {
      this.#socket.send(errorFrame(reply.why));
      resumeReading?.();
    } else if (reply && resumeReading) {
      this.#socket.sendInit(reply, resumeReading);
    } else if (reply) {
      this.#socket.send(reply);
    }
  }

  #requestStream(key: Key): GetRequest {
    const request = { type: "get", connection: this, key, seq: 0 } as const;
    this.#room.submit(request);
    return request;
  }

  #sendStream(answer: Answer, request: GetRequest): void {
    const isInitial = request === this.#initialStreams?.request;
    const sent = isInitial ? () => this.#requestNextStream() : undefined;
    if (answer.type === "entries") this.#socket.sendInit(Frame.init(request.key, answer.entries), sent);
    else sent?.();
  }

  /** Requests one stream after the other: together they may exceed the limit of unsent bytes (S12). */
  #requestNextStream(): void {
    const streams = this.#initialStreams;
    const next = streams?.keys.next();
    if (streams && next && !next.done && this.#socket.isOpen) {
      streams.request = this.#requestStream(next.value);
    } else {
      this.#initialStreams = undefined;
      this.#resumeReading();
    }
  }
}
