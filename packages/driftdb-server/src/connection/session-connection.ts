import {
  type Ack,
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

/** How many keys one connection may listen to (D18): a room retains something for 1,000 of them by default. */
const MOST_KEYS = 10_000;

/** One WebSocket of a session in a room (S1–S10). */
export class SessionConnection implements Member, Receiver {
  readonly session: SessionId;
  readonly #socket: Transport;
  readonly #room: RoomHost;
  /** Whether it is in all broadcasts; if not, the keys whose broadcasts it is in (S2). */
  readonly #allKeys: boolean;
  /** What the client was told in hello. `undefined` for a connection that has slept, and was told before. */
  readonly #limits: SessionLimits | undefined;
  #keys: Key[] | undefined;
  #epoch: string;
  /** Reads on after the history that is under way (D18). */
  #readOn = () => {};
  /** The acknowledgements that wait for the end of the turn's outputs (S4). */
  #acks: Ack[] = NO_ACKS;
  /** How many messages each key retains that the turn has pushed to, where it is more than one (P6). */
  #sizes: Map<Key, number> | undefined;
  #isGathering = false;

  /** @param allKeys whether it is in every broadcast, and not only in those of the keys it asks for. */
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

  /** A connection whose process has slept between two frames goes on: the client notices nothing. */
  static wake(socket: Transport, room: RoomHost, memory: SessionMemory): SessionConnection {
    const { cid, name, allKeys, epoch, keys } = memory;
    const connection = new SessionConnection(socket, room, { cid, name }, allKeys, undefined, epoch);
    for (const key of keys) connection.#listen(key);
    return connection;
  }

  /** Takes one frame: binary is CBOR, text is JSON (P7). */
  receive(frame: Uint8Array, binary: boolean): void {
    try {
      const request = readSessionRequest(frame, binary, this, this.#epoch);
      if (!request) return;
      if (request.type === "resume") this.#readOn = this.#socket.hold();
      this.#room.submit(request);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const { n, code, message } = error;
      // A push that breaks a rule uses up its number, as one that the room has no place for (S4).
      if (n !== undefined) this.#room.submit({ type: "refuse", connection: this, n, code, message });
      else this.#room.submit(barrier(this, { do: "complain", error }));
    }
  }

  /** @param code that the WebSocket was closed with. */
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
        if (request.type === "push") this.#size(request.key, size);
        if (request.n !== undefined) this.#acknowledge([request.n, seq]);
        break;
      }
      case "refused":
        this.#refused(answer);
        break;
      case "outOfStep":
        this.#flushed().close(CLOSE_OUT_OF_STEP, "messages before this one are missing");
        break;
      case "history":
        this.#send(answer.request.key, answer.history);
        break;
      case "reached":
        this.#do(markOf(answer.request));
        break;
    }
  }

  message(frames: BroadcastFrames): void {
    if (!frames.isLate) this.#socket.send(frames.session);
  }

  held(frame: Frame): void {
    this.#socket.send(frame);
  }

  // A snapshot folds to what it took the place of: who has that, has all.
  compacted(): void {}

  takenOver(): void {
    this.#socket.close(CLOSE_TAKEN_OVER, "another connection has taken the session over");
  }

  lost(): void {
    this.#socket.close(CLOSE_TRY_LATER, "the room is being opened again: come back");
  }

  flush(): void {
    this.#flushed();
  }

  #joined({ epoch, head: seq, term, resumed, acked, acks }: JoinedAnswer): void {
    // It may have left while the room was asked: it would never leave the room again.
    if (!this.#socket.isOpen) return;
    if (this.#epoch !== "" && this.#epoch !== epoch) {
      // It has slept, and what its client was told of the room is void (S7).
      this.#socket.close(CLOSE_TRY_LATER, "the room was made again: come back");
      return;
    }
    this.#epoch = epoch;
    if (this.#limits) {
      const you = this.session.name;
      const limits = this.#limits;
      const hello = {
        type: "hello",
        v: SESSION_VERSION,
        epoch,
        seq,
        you,
        term,
        resumed,
        acked,
        acks,
        limits,
      } as const;
      this.#socket.sendInit(Frame.of(hello));
    }
    if (this.#allKeys) this.#room.join(this);
    this.#remember();
  }

  #refused({ request, why }: RefusedAnswer<Payload>): void {
    if (request.type === "barrier") {
      this.#do(markOf(request));
      return;
    }
    if (why.code === ERROR_STORAGE_FAILED) {
      // The n of a push is not used up. The client comes again, and sends it again.
      this.#socket.close(CLOSE_TRY_LATER, why.message);
      if (request.type === "resume") this.#readOn();
      return;
    }
    const n = request.type === "push" || request.type === "refuse" ? request.n : undefined;
    this.#flushed().send(errorFrame(why, n));
  }

  #do(mark: Mark): void {
    switch (mark.do) {
      case "pong":
        this.#flushed().send(pongFrame(mark.nonce));
        break;
      case "complain":
        this.#flushed().send(errorFrame(mark.error));
        break;
      case "unsubscribe":
        if (!this.#room.unlisten(mark.key, this)) return;
        this.#keys?.splice(this.#keys.indexOf(mark.key), 1);
        this.#remember();
    }
  }

  #send(key: Key, history: KeyHistory): void {
    // It may have left while the room was asked: it would never leave the room again.
    if (!this.#socket.isOpen) {
      this.#readOn();
      return;
    }
    if (this.#keys && this.#keys.length >= MOST_KEYS && !this.#room.listens(key, this)) {
      const message = `${MOST_KEYS} keys are listened to: unsubscribe from some`;
      this.#flushed().send(errorFrame({ code: ERROR_TOO_MANY_KEYS, message }));
      this.#readOn();
      return;
    }
    // From here on, and not before, since `init` is the beginning.
    if (!this.#allKeys) this.#listen(key);
    this.#flushed().sendInit(Frame.resume(key, history), this.#readOn);
  }

  #listen(key: Key): void {
    if (!this.#room.listen(key, this)) return;
    if (this.#keys) this.#keys.push(key);
    // Of one, since most need no more: an array that is pushed to has place for 17.
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

  /** All that one commit covered goes out in one frame (S4). */
  #acknowledge(ack: Ack): void {
    if (this.#acks === NO_ACKS) this.#acks = [ack];
    else this.#acks.push(ack);
    this.#gather();
  }

  /** Of a turn's sizes of a key, only the last one is still true when it arrives (D11). */
  #size(key: Key, size: number): void {
    // What was had before, and is not applied again, says nothing of the size.
    if (size === 0) return;
    if (size === 1) {
      this.#sizes?.delete(key);
      return;
    }
    this.#sizes ??= new Map();
    this.#sizes.set(key, size);
    this.#gather();
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#room.flushAfter(this);
  }

  /** Sends the sizes and acks that wait, so that what is answered next comes after them, and answers where to. */
  #flushed(): Transport {
    const sizes = this.#sizes;
    const acks = this.#acks;
    this.#sizes = undefined;
    this.#acks = NO_ACKS;
    this.#isGathering = false;
    if (sizes)
      for (const [key, size] of sizes) this.#socket.send(Frame.of({ type: "stream_size", key, size }));
    if (acks.length > 0) this.#socket.send(Frame.of({ type: "ack", acks }));
    return this.#socket;
  }
}

const NO_ACKS: Ack[] = [];
