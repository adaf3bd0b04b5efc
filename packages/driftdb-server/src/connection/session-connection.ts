import {
  CLOSE_OUT_OF_STEP,
  CLOSE_TAKEN_OVER,
  CLOSE_TRY_LATER,
  ERROR_STORAGE_FAILED,
  ERROR_TOO_MANY_KEYS,
  FrameError,
  type Key,
  SESSION_VERSION,
  type SessionLimits,
} from "driftdb-protocol";
import type { JoinedAnswer, RefusedAnswer } from "../core/output.js";
import type { SessionId } from "../core/request.js";
import type { Answer, KeyHistory } from "../engine/engine.js";
import type { Payload } from "../engine/payload.js";
import { Frame } from "../frame/frame.js";
import type { Receiver, SessionMemory, Transport } from "../frame/transport.js";
import type { BroadcastFrames } from "../room/broadcast-frames.js";
import type { Member } from "../room/member.js";
import type { RoomHost } from "../room/room-host.js";
import { type Mark, markOf } from "./mark.js";
import { errorFrame, pongFrame } from "./plain-reply.js";
import { barrier, readSessionRequest } from "./read-request.js";
import { TurnReplies } from "./turn-replies.js";

/** Keys that one connection may listen to (D18). A room retains at most 1,000 keys by default. */
const MAX_KEYS = 10_000;

/** A connection of a session in a room (S1–S10). */
export class SessionConnection implements Member, Receiver {
  readonly session: SessionId;
  readonly #socket: Transport;
  readonly #room: RoomHost;
  /** Whether the connection receives all broadcasts, and not only those of `#keys` (S2). */
  readonly #allKeys: boolean;
  /** The limits for `hello`. `undefined` for a connection that has slept: its client has received `hello`. */
  readonly #limits: SessionLimits | undefined;
  /** The keys that the connection listens to. */
  #keys: Key[] | undefined;
  #epoch: string;
  /** Called when the pending history is on its way (D18). */
  #resumeReading = () => {};
  /** The replies that wait for the end of the turn's outputs. */
  #replies: TurnReplies | undefined;

  /** @param allKeys whether to receive all broadcasts, and not only those of requested keys. */
  constructor(
    socket: Transport,
    room: RoomHost,
    session: SessionId,
    allKeys: boolean,
    limits: SessionLimits | undefined,
    epoch = "",
  ) {
    this.#socket = socket;
    this.#room = room;
    this.session = session;
    this.#allKeys = allKeys;
    this.#limits = limits;
    this.#epoch = epoch;
    room.enter(this);
    room.submit({ type: "join", connection: this });
  }

  /** Continues a connection whose process has slept between two frames. The client does not notice. */
  static wake(socket: Transport, room: RoomHost, memory: SessionMemory): SessionConnection {
    const { cid, name, allKeys, epoch, keys } = memory;
    const connection = new SessionConnection(socket, room, { cid, name }, allKeys, undefined, epoch);
    for (const key of keys) connection.#listen(key);
    return connection;
  }

  receive(frame: Uint8Array, binary: boolean): void {
    try {
      const request = readSessionRequest(frame, binary, this, this.#epoch);
      if (!request) return;
      if (request.type === "resume") this.#resumeReading = this.#socket.pause();
      this.#room.submit(request);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const { n, code, message } = error;
      // A push that breaks a rule uses up its number, like one that the room refuses (S4).
      if (n !== undefined) this.#room.submit({ type: "refuse", connection: this, n, code, message });
      else this.#room.submit(barrier(this, { do: "error", error }));
    }
  }

  /** The socket has closed. @param code of the close. */
  left(code: number): void {
    this.#room.exit(this);
    this.#room.leave(this);
    for (const key of this.#keys ?? []) this.#room.unlisten(key, this);
    this.#room.submit({ type: "leave", connection: this, code });
  }

  answered(answer: Answer): void {
    switch (answer.type) {
      case "joined":
        this.#joined(answer);
        break;
      case "stored": {
        const { request, seq, size } = answer;
        // The answer to a resent push has no size.
        if (request.type === "push" && size > 0) this.#turnReplies().setSize(request.key, size);
        if (request.n !== undefined) this.#turnReplies().addAck([request.n, seq]);
        break;
      }
      case "refused":
        this.#refused(answer);
        break;
      case "outOfStep":
        this.#flushedSocket().close(
          CLOSE_OUT_OF_STEP,
          "messages before this one are missing: start a new session",
        );
        break;
      case "history":
        this.#sendHistory(answer.request.key, answer.history);
        break;
      case "reached":
        this.#handleMark(markOf(answer.request));
        break;
    }
  }

  message(frames: BroadcastFrames): void {
    if (!frames.isDeferred) this.#socket.send(frames.session);
  }

  held(frame: Frame): void {
    this.#socket.send(frame);
  }

  // A client that has the compacted messages needs no snapshot of them.
  compacted(): void {}

  takenOver(): void {
    this.#socket.close(CLOSE_TAKEN_OVER, "another connection has taken the session over");
  }

  lost(): void {
    this.#socket.close(CLOSE_TRY_LATER, "the server lost this room and has to open it again: reconnect");
  }

  flush(): void {
    this.#flushedSocket();
  }

  #joined({ epoch, head: seq, term, resumed, acked, acks }: JoinedAnswer): void {
    // If the socket has closed in the meantime, the connection would never leave the room.
    if (!this.#socket.isOpen) return;
    if (this.#epoch !== "" && this.#epoch !== epoch) {
      // The data was lost while the connection slept: its client has to start over (S7).
      this.#socket.close(CLOSE_TRY_LATER, "the room has lost data: reconnect");
      return;
    }
    this.#epoch = epoch;
    const limits = this.#limits;
    if (limits) {
      const session = { you: this.session.name, term, resumed, acked, acks };
      const hello = { type: "hello", v: SESSION_VERSION, epoch, seq, ...session, limits } as const;
      this.#socket.sendInit(Frame.of(hello));
    }
    if (this.#allKeys) this.#room.join(this);
    this.#remember();
  }

  #refused({ request, why }: RefusedAnswer<Payload>): void {
    if (request.type === "barrier") {
      this.#handleMark(markOf(request));
      return;
    }
    if (why.code === ERROR_STORAGE_FAILED) {
      // A push does not use up its n. The client reconnects and sends it again.
      this.#socket.close(CLOSE_TRY_LATER, why.message);
      if (request.type === "resume") this.#resumeReading();
      return;
    }
    const n = request.type === "push" || request.type === "refuse" ? request.n : undefined;
    this.#flushedSocket().send(errorFrame(why, n));
  }

  #handleMark(mark: Mark): void {
    switch (mark.do) {
      case "pong":
        this.#flushedSocket().send(pongFrame(mark.nonce));
        break;
      case "error":
        this.#flushedSocket().send(errorFrame(mark.error));
        break;
      case "unsubscribe":
        if (!this.#room.unlisten(mark.key, this)) return;
        this.#keys?.splice(this.#keys.indexOf(mark.key), 1);
        this.#remember();
    }
  }

  #sendHistory(key: Key, history: KeyHistory): void {
    // If the socket has closed in the meantime, the connection would never leave the room.
    if (!this.#socket.isOpen) {
      this.#resumeReading();
      return;
    }
    if (this.#keys && this.#keys.length >= MAX_KEYS && !this.#room.listens(key, this)) {
      const message = `this connection listens to ${MAX_KEYS} keys, the most allowed: unsubscribe from some`;
      this.#flushedSocket().send(errorFrame({ code: ERROR_TOO_MANY_KEYS, message }));
      this.#resumeReading();
      return;
    }
    // Not earlier: the broadcasts of a key have to follow its `init`.
    if (!this.#allKeys) this.#listen(key);
    this.#flushedSocket().sendInit(Frame.resume(key, history), this.#resumeReading);
  }

  #listen(key: Key): void {
    if (!this.#room.listen(key, this)) return;
    if (this.#keys) this.#keys.push(key);
    // Most connections need one key: an array that was pushed to has room for 17.
    else this.#keys = [key];
    this.#remember();
  }

  #remember(): void {
    this.#socket.remember?.({
      ...this.session,
      allKeys: this.#allKeys,
      epoch: this.#epoch,
      keys: this.#keys ?? [],
    });
  }

  /** The replies of the turn. They are sent when all of its outputs are delivered. */
  #turnReplies(): TurnReplies {
    if (!this.#replies) {
      this.#replies = new TurnReplies();
      this.#room.flushAfter(this);
    }
    return this.#replies;
  }

  /** Sends the waiting replies. @returns the socket, for an answer that has to follow them. */
  #flushedSocket(): Transport {
    const replies = this.#replies;
    this.#replies = undefined;
    replies?.send(this.#socket);
    return this.#socket;
  }
}
