import {
  type Ack,
  CloseCode,
  FrameError,
  type Key,
  type SessionGet,
  type SessionLimits,
} from "driftdb-protocol";
import { type PushResult, Refusal } from "../engine/engine.js";
import type { BroadcastFrames } from "../room/broadcast-frames.js";
import { publicName } from "../room/public-name.js";
import type { RoomHost, SessionMember } from "../room/room-host.js";
import type { ClientSocket, Receiver } from "../wire/client-socket.js";
import { Frame } from "../wire/frame.js";
import { pongFrame } from "./plain-requests.js";
import { readSessionRequest, type SessionPushRequest } from "./read-request.js";

/** How many keys one connection may listen to (D18): a room retains something for 1,000 of them by default. */
const MOST_KEYS = 10_000;

/** One WebSocket of a session in a room (S1–S10). */
export class SessionConnection implements SessionMember, Receiver {
  readonly #socket: ClientSocket;
  readonly #room: RoomHost;
  readonly #cid: string;
  readonly #name: string;
  /** Whether it is in all broadcasts; if not, the keys whose broadcasts it is in (S2). */
  readonly #allKeys: boolean;
  #keys: Key[] | undefined;
  #epoch = "";
  /** Whether it has left. What it had sent to hold, or let go, and is read only now, could come after its session's end. */
  #gone = false;
  /** What the present turn has acknowledged so far (S4). */
  #acks: Ack[] | undefined;
  /** How many messages each key retains that the present turn has pushed to, where it is more than one (P6). */
  #sizes: Map<Key, number> | undefined;

  /** @param allKeys whether it is in every broadcast, and not only in those of the keys it asks for. */
  constructor(socket: ClientSocket, room: RoomHost, cid: string, allKeys: boolean, limits: SessionLimits) {
    this.#socket = socket;
    this.#room = room;
    this.#cid = cid;
    this.#name = publicName(cid);
    this.#allKeys = allKeys;
    // First, so that hello has the last word on what came over the connection before.
    room.joinSession(cid, this);
    room.engine.hello(cid, this.#name, (session) => {
      // It may have left while the room was asked: nobody would take it out of the room again.
      if (!socket.isOpen) return;
      // Without a first frame, the client could not know where it stands: it comes again.
      if (session instanceof Refusal) return socket.close(CloseCode.tryLater, session.message);
      const { epoch, head: seq, term, resumed, acked, acks } = session;
      this.#epoch = epoch;
      const you = this.#name;
      socket.sendInit(Frame.of({ type: "hello", v: 2, epoch, seq, you, term, resumed, acked, acks, limits }));
      if (allKeys) room.join(this);
    });
  }

  /** Takes one frame: binary is CBOR, text is JSON (P7). */
  receive(frame: Uint8Array, binary: boolean): void {
    const { engine } = this.#room;
    // What waited behind a history until another connection took over does not count any more (S10).
    if (this.#gone && this.#room.hasSession(this.#cid)) return;
    try {
      const request = readSessionRequest(frame, binary);
      switch (request.type) {
        case "push":
          this.#push(request);
          break;
        case "get":
          this.#get(request);
          break;
        case "release":
          if (this.#gone) break;
          engine.release(this.#name, request.key, (refusal) => refusal && this.#tell(refusal, undefined));
          break;
        case "unsubscribe":
          // In its place: the sender is told of its own pushes before it.
          engine.barrier(() => {
            if (this.#room.unlisten(request.key, this))
              this.#keys?.splice(this.#keys.indexOf(request.key), 1);
          });
          break;
        case "ping":
          engine.barrier(() => this.#flush().send(pongFrame(request.nonce)));
          break;
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      if (error.n !== undefined) this.#refuse(error.n, new Refusal(error.code, error.message));
      // In its place among the answers, so that a client can tell what it is about.
      else engine.barrier(() => this.#flush().complain(error));
    }
  }

  left(code: number): void {
    this.#gone = true;
    this.#room.leaveSession(this.#cid, this, code);
    this.#room.leave(this);
    for (const key of this.#keys ?? []) this.#room.unlisten(key, this);
  }

  takenOver(): void {
    this.#socket.close(CloseCode.takenOver, "another connection has taken the session over");
  }

  message(announcement: BroadcastFrames): void {
    if (!announcement.isLate) this.#socket.send(announcement.session);
  }

  held(frame: Frame): void {
    this.#socket.send(frame);
  }

  // A snapshot folds to what it took the place of: who has that, has all.
  compacted(): void {}

  #push({ key, value, action, n }: SessionPushRequest): void {
    if (action.type === "hold") {
      if (this.#gone) return;
      this.#room.engine.hold(this.#name, key, value, (refusal) => refusal && this.#tell(refusal, undefined));
      return;
    }
    const sender = n === undefined ? null : { cid: this.#cid, n };
    this.#room.engine.push({ key, value, action }, sender, (result) => {
      if (!(result instanceof Refusal) && result !== "out_of_step") this.#size(key, result.size);
      this.#tell(result, n);
    });
  }

  /** A push that breaks a rule uses up its number, as one that the room has no place for (S4). */
  #refuse(n: number, why: Refusal): void {
    this.#room.engine.refuse({ cid: this.#cid, n }, why, (result) => this.#tell(result, n));
  }

  /** Tells the sender what became of a push. */
  #tell(result: PushResult, n: number | undefined): void {
    if (result === "out_of_step") {
      this.#flush().close(CloseCode.outOfStep, "messages before this one are missing");
    } else if (!(result instanceof Refusal)) {
      if (n !== undefined) this.#acknowledge([n, result.seq]);
    } else if (result.code === "storage_failed") {
      // Its n is not used up: the client comes again, and sends it again.
      this.#socket.close(CloseCode.tryLater, result.message);
    } else {
      this.#flush().complain(result, n);
    }
  }

  #get({ key, seq = 0, epoch = this.#epoch }: SessionGet): void {
    const { engine } = this.#room;
    if (seq === null) return;
    const goOn = this.#socket.hold();
    engine.resume(key, seq, epoch, (resumed) => {
      if (resumed instanceof Refusal) {
        this.#socket.close(CloseCode.tryLater, resumed.message);
        return goOn();
      }
      // It may have left while the room was asked: nobody would take it out of the room again.
      if (!this.#socket.isOpen) return goOn();
      if (this.#keys && this.#keys.length >= MOST_KEYS && !this.#room.listens(key, this)) {
        const remedy = `${MOST_KEYS} keys are listened to: unsubscribe from some`;
        this.#flush().complain(new Refusal("too_many_keys", remedy));
        return goOn();
      }
      // From here on, and not before, since `init` is the beginning.
      if (!this.#allKeys && this.#room.listen(key, this)) {
        if (this.#keys) this.#keys.push(key);
        // Of one, since most need no more: an array that is pushed to has place for 17.
        else this.#keys = [key];
      }
      this.#flush().sendInit(Frame.resume(key, resumed), goOn);
    });
  }

  /** All that one commit covered goes out in one frame: it is told in one go, and microtasks come after that. */
  #acknowledge(ack: Ack): void {
    if (this.#acks) {
      this.#acks.push(ack);
    } else {
      this.#acks = [ack];
      queueMicrotask(() => this.#flush());
    }
  }

  /** Of a turn's sizes of a key, only the last one is still true when it arrives (D11). */
  #size(key: Key, size: number): void {
    // What was had before, and is not applied again, says nothing of the size.
    if (size === 0) return;
    if (size === 1) {
      this.#sizes?.delete(key);
      return;
    }
    if (!this.#sizes) {
      this.#sizes = new Map();
      queueMicrotask(() => this.#flush());
    }
    this.#sizes.set(key, size);
  }

  /** Sends the sizes and acks that wait, so that what is answered next comes after them, and answers where to. */
  #flush(): ClientSocket {
    const sizes = this.#sizes;
    const acks = this.#acks;
    this.#sizes = this.#acks = undefined;
    for (const [key, size] of sizes ?? []) this.#socket.send(Frame.of({ type: "stream_size", key, size }));
    if (acks) this.#socket.send(Frame.of({ type: "ack", acks }));
    return this.#socket;
  }
}
