import type { Attendance } from "./attendance.js";
import type { Commit } from "./commit.js";
import type { Holds } from "./holds.js";
import { HoldsDraft } from "./holds-draft.js";
import type { RoomLimits } from "./limits.js";
import type { RoomAnswer, RoomEvent, RoomOutput } from "./output.js";
import type {
  Connection,
  HoldRequest,
  JoinRequest,
  LeaveRequest,
  PushRequest,
  RefuseRequest,
  ReleaseRequest,
  ResumeRequest,
  RoomRequest,
  SessionId,
} from "./request.js";
import type { RoomState } from "./room-state.js";
import { acksOf, type SessionDraft } from "./session.js";
import { SessionsDraft } from "./sessions-draft.js";
import type { Sized } from "./stream.js";
import { type Pushed, StreamsDraft } from "./streams-draft.js";

/** The parts of a room that its turns use. */
export interface TurnBase<V extends Sized> {
  readonly id: string;
  readonly life: string;
  readonly limits: RoomLimits;
  readonly state: RoomState<V>;
  readonly holds: Holds<V>;
  readonly attendance: Attendance;
  readonly same: (a: V, b: V) => boolean;
}

const NONE: readonly string[] = [];
const NO_SESSIONS: ReadonlyMap<string, null> = new Map();

/**
 * One batch of requests, applied to an overlay of the room: its streams, sessions and holds. The room stays
 * unchanged until `land`, which the engine calls when the commit is stored. To undo a turn, the engine drops
 * it. Only attendance changes immediately, since a connection has joined or left whether or not the turn is
 * committed.
 */
export class Turn<V extends Sized> {
  /** The events and answers to deliver, in order, when the commit is stored (M5). */
  readonly outputs: RoomOutput<V>[] = [];
  readonly #room: TurnBase<V>;
  readonly #now: number;
  readonly #streams: StreamsDraft<V>;
  readonly #events: RoomEvent<V>[] = [];
  // Made when a request needs them, since most turns have one or two messages.
  #holdsDraft: HoldsDraft<V> | undefined;
  #sessionsDraft: SessionsDraft | undefined;
  #ended: string[] | undefined;
  #retains = false;

  /** @param now milliseconds of a steady clock. */
  constructor(room: TurnBase<V>, now: number) {
    this.#room = room;
    this.#now = now;
    this.#streams = new StreamsDraft(room.state, room.limits);
  }

  /** The cids of the sessions that the turn ended. */
  get ended(): readonly string[] {
    return this.#ended ?? NONE;
  }

  /** Applies the next request of the turn. */
  apply(request: RoomRequest<V>): void {
    const { connection } = request;
    // The room drops the requests of a connection that was taken over (S10).
    const { session } = connection;
    if (session && request.type !== "join" && !this.#counts(session, connection)) return;
    switch (request.type) {
      case "push":
        this.#push(request);
        break;
      case "refuse":
        this.#refuse(request);
        break;
      case "get": {
        const entries = this.#streams.since(request.key, request.seq);
        this.#answer({ type: "entries", request, entries });
        break;
      }
      case "resume":
        this.#resume(request);
        break;
      case "hold":
        this.#hold(request);
        break;
      case "release":
        this.#release(request);
        break;
      case "keys":
        this.#answer({ type: "keys", request, keys: this.#streams.keys() });
        break;
      case "barrier":
        this.#answer({ type: "reached", request });
        break;
      case "join":
        this.#join(request);
        break;
      case "leave":
        this.#leave(request);
        break;
    }
  }

  /** Ends the sessions that are due, and releases what they hold. */
  endSessions(): void {
    for (const session of this.#room.attendance.due(this.#now)) this.#end(session);
  }

  /**
   * The changes of the turn.
   *
   * @param time milliseconds since 1970.
   */
  commit(time: number): Commit<V> {
    const { id, life, state } = this.#room;
    const sessions = this.#sessionsDraft?.hasChanges ? this.#sessionsDraft.changes() : undefined;
    return {
      room: id,
      epoch: state.epoch,
      life,
      head: this.#streams.head,
      time,
      number: this.#retains || sessions ? state.number + 1 : undefined,
      events: this.#events,
      streams: this.#streams.changes(),
      sessions: sessions ?? NO_SESSIONS,
    };
  }

  /** Makes the turn's changes in the room, once the commit is stored. */
  land({ number }: Commit<V>): void {
    const { state, attendance } = this.#room;
    this.#streams.land();
    this.#holdsDraft?.land();
    this.#sessionsDraft?.land();
    if (number !== undefined) state.number = number;
    for (const cid of this.ended) attendance.end(cid, this.#now);
  }

  #push(request: PushRequest<V>): void {
    const { connection, n } = request;
    const { session } = connection;
    if (!session || n === undefined) {
      this.#answerPush(request, this.#applyPush(request));
      return;
    }
    const draft = this.#nextDraft(session, n, request);
    if (!draft) return;
    const pushed = this.#applyPush(request);
    draft.record(seqOf(request, pushed));
    this.#answerPush(request, pushed);
  }

  /** Applies a message to the streams, and emits the event. */
  #applyPush(request: PushRequest<V>): Pushed {
    const { key, value, decoded, action, connection, n } = request;
    const pushed = this.#streams.push(key, value, action);
    if (pushed.type !== "applied") return pushed;
    const { seq, prev } = pushed;
    const from = connection.session?.name ?? null;
    if (action.type === "compact") {
      this.#retains = true;
      this.#emit({ type: "compacted", key, value, seq, from, n });
    } else {
      if (action.type !== "relay") this.#retains = true;
      this.#emit({ type: "message", key, value, decoded, action: action.type, seq, prev, from, n });
    }
    return pushed;
  }

  #answerPush(request: PushRequest<V>, pushed: Pushed): void {
    if (pushed.type === "refused") this.#answer({ type: "refused", request, why: pushed.why });
    else this.#answer({ type: "stored", request, seq: seqOf(request, pushed), size: pushed.size });
  }

  #refuse(request: RefuseRequest): void {
    const { connection, n, code, message } = request;
    const draft = connection.session && this.#nextDraft(connection.session, n, request);
    if (!draft) return;
    draft.record(0);
    this.#answer({ type: "refused", request, why: { code, message } });
  }

  /**
   * Finds the session whose next message has the number `n`. Answers a message that is not the next one (S3).
   *
   * @returns `undefined` if the message is not the next one.
   */
  #nextDraft(
    { cid }: SessionId,
    n: number,
    request: PushRequest<V> | RefuseRequest,
  ): SessionDraft | undefined {
    const draft = this.#sessions.draftFor(cid, n);
    if (n === draft.acked + 1) return draft;
    if (n > draft.acked) this.#answer({ type: "outOfStep", request });
    else this.#answer({ type: "stored", request, seq: draft.seqOf(n), size: 0 });
    return undefined;
  }

  #resume(request: ResumeRequest): void {
    const { key, seq, epoch } = request;
    const { entries, reset } = this.#streams.resume(key, seq, epoch);
    const { head } = this.#streams;
    this.#answer({ type: "history", request, history: { entries, reset, head, held: this.#holds.of(key) } });
  }

  #hold(request: HoldRequest<V>): void {
    const { connection, key, value, decoded } = request;
    if (!this.#isHere(connection)) return;
    const { name: from } = connection.session as SessionId;
    const verdict = this.#holds.check(from, key, value);
    if (verdict === "same") return;
    if (verdict !== "new") {
      this.#answer({ type: "refused", request, why: verdict });
      return;
    }
    const seq = ++this.#streams.head;
    const was = this.#holds.hold(key, { from, value, seq });
    this.#emit({ type: "held", key, value, decoded, seq, from, was });
  }

  #release({ connection, key }: ReleaseRequest): void {
    if (!this.#isHere(connection)) return;
    const { name: from } = connection.session as SessionId;
    if (!this.#holds.release(from, key)) return;
    this.#emit({ type: "released", key, from, seq: ++this.#streams.head });
  }

  #join(request: JoinRequest): void {
    const { connection } = request;
    const { session } = connection;
    if (!session) return;
    const former = this.#room.attendance.join(session, connection, this.#now);
    if (former) this.#emit({ type: "takenOver", connection: former, name: session.name });
    const record = this.#sessions.get(session.cid);
    this.#answer({
      type: "joined",
      request,
      epoch: this.#room.state.epoch,
      head: this.#streams.head,
      acked: record.acked,
      acks: acksOf(record),
      term: this.#room.life,
      resumed: this.#holds.has(session.name),
    });
  }

  #leave({ connection, code }: LeaveRequest): void {
    const { session } = connection;
    if (!session) return;
    this.#room.attendance.leave(session, connection, code, this.#now);
    if (this.#room.attendance.isDue(session.cid, this.#now)) this.#end(session);
  }

  /** Ends a session and releases all its holds. */
  #end({ cid, name: from }: SessionId): void {
    for (const key of this.#holds.keysOf(from)) {
      this.#holds.release(from, key);
      this.#emit({ type: "released", key, from, seq: ++this.#streams.head });
    }
    this.#ended ??= [];
    this.#ended.push(cid);
  }

  /** The held values, with the turn's changes. */
  get #holds(): HoldsDraft<V> {
    const { holds, limits, same } = this.#room;
    this.#holdsDraft ??= new HoldsDraft(holds, limits, same);
    return this.#holdsDraft;
  }

  /** The sessions, with the turn's messages. */
  get #sessions(): SessionsDraft {
    this.#sessionsDraft ??= new SessionsDraft(this.#room.state.sessions);
    return this.#sessionsDraft;
  }

  #counts(session: SessionId, connection: Connection): boolean {
    return this.#room.attendance.counts(session, connection, this.#now);
  }

  #isHere(connection: Connection): boolean {
    return connection.session !== null && this.#room.attendance.isHere(connection.session, connection);
  }

  #emit(event: RoomEvent<V>): void {
    this.#events.push(event);
    this.outputs.push(event);
  }

  #answer(answer: RoomAnswer<V>): void {
    this.outputs.push(answer);
  }
}

/** The seq in the acknowledgement, which the session records. For a compaction, it is the snapshot's (S8). */
function seqOf({ action }: PushRequest<Sized>, pushed: Pushed): number {
  if (pushed.type === "refused") return 0;
  if (action.type === "compact") return action.seq;
  return pushed.type === "applied" ? pushed.seq : 0;
}
