import type { Action, Key } from "driftdb-protocol";
import { Holds } from "../../core/holds.js";
import type { Applied, Outcome, Refused, Room, Sender, SessionWrite, Write } from "../../core/room.js";
import type { Session } from "../../core/session.js";
import type { Entry } from "../../core/stream.js";
import {
  type EngineRoom,
  type History,
  type Message,
  type PushResult,
  Refusal,
  type RoomEvents,
  type SessionInfo,
} from "../engine.js";
import { newEpoch } from "../ids.js";
import type { Payload } from "../payload.js";
import type { RoomChange } from "./room-store.js";

/** What an operation leaves to be done once the turn's commit has succeeded, or failed. */
export interface Operation {
  readonly room: LocalRoom;
  /** Applies it to the room's state, and answers with what to do after the commit. */
  apply(state: Room<Payload>): () => void;
  fail(refusal: Refusal): void;
}

/** What a room asks of its engine. */
export interface Host {
  submit(operation: Operation): void;
  close(): void;
}

/** An open room of a `LocalEngine`: its state, what the present turn has changed of it, and what is held in it. */
export class LocalRoom implements EngineRoom {
  /** `null` after a failed commit, until it is loaded again. */
  state: Room<Payload> | null;
  #writes: Write<Payload>[] = [];
  #sessions = new Map<string, Session | null>();
  readonly #holds: Holds<Payload>;
  readonly #term = newEpoch();

  constructor(
    readonly id: string,
    state: Room<Payload>,
    readonly events: RoomEvents,
    readonly host: Host,
  ) {
    this.state = state;
    this.#holds = new Holds(state.limits, (a, b) => a.equals(b));
  }

  push(message: Message, sender: Sender | null, done: (result: PushResult) => void): void {
    const { key, value, action } = message;
    this.#submit(done, (state) => {
      const [outcome, session] = sender
        ? state.pushFrom(sender, key, value, action)
        : ([state.push(key, value, action)] as const);
      if (session) this.#keep(session);
      if (outcome.type === "applied" && outcome.write) this.#writes.push(outcome.write);
      return () => {
        if (outcome.type === "applied") this.#tell(message, outcome);
        done(resultOf(outcome, action));
        value.settle();
      };
    });
  }

  refuse(sender: Sender, why: Refusal, done: (result: PushResult) => void): void {
    this.#submit(done, (state) => {
      const [outcome, session] = state.refuseFrom(sender, why as Omit<Refused, "type">);
      if (session) this.#keep(session);
      return () => done(resultOf(outcome));
    });
  }

  get(key: Key, seq: number, done: (result: readonly Entry<Payload>[] | Refusal) => void): void {
    this.#submit(done, (state) => {
      const entries = state.since(key, seq);
      return () => done(entries);
    });
  }

  resume(key: Key, seq: number, epoch: string, done: (result: History | Refusal) => void): void {
    this.#submit(done, (state) => {
      const history = { ...state.resume(key, seq, epoch), held: this.#holds.of(key) };
      return () => done(history);
    });
  }

  hello(cid: string, name: string, done: (result: SessionInfo | Refusal) => void): void {
    this.#submit(done, (state) => {
      const session = state.session(cid);
      const { epoch, head } = state;
      const known = { acked: session?.acked ?? 0, acks: session?.acks() ?? [] };
      const info = { epoch, head, ...known, term: this.#term, resumed: this.#holds.has(name) };
      return () => done(info);
    });
  }

  hold(from: string, key: Key, value: Payload, done: (result: Refusal | null) => void): void {
    const apply = (state: Room<Payload>) => {
      const verdict = this.#holds.check(from, key, value);
      if (verdict === "same") return () => done(null);
      if (verdict !== "new") return this.#afterAll(() => done(new Refusal(verdict.code, verdict.message)));
      const seq = state.next();
      const was = this.#holds.hold(key, { from, value, seq });
      return () => {
        // Sessions may be told of it later, together with others: whoever tells them settles it (D23).
        this.events.message({ key, value, seq, from, was });
        done(null);
      };
    };
    this.host.submit({ room: this, apply, fail: done });
  }

  release(from: string, key: Key | null, done: (result: Refusal | null) => void = () => {}): void {
    this.#submit(done, (state) => {
      const keys = key === null ? this.#holds.keys(from) : [key];
      const releases = keys
        .filter((held) => this.#holds.release(from, held))
        .map((held) => ({ key: held, from, seq: state.next() }));
      return () => {
        for (const release of releases) this.events.released(release);
        done(null);
      };
    });
  }

  keys(done: (result: readonly Key[] | Refusal) => void): void {
    this.#submit(done, (state) => {
      const keys = [...state.keys()];
      return () => done(keys);
    });
  }

  barrier(done: () => void): void {
    this.#submit(done, () => done);
  }

  close(): void {
    this.host.close();
  }

  /** What the turn has changed so far, to be committed. */
  takeChange(): RoomChange {
    const writes = this.#writes;
    const sessions = this.#sessions;
    this.#writes = [];
    this.#sessions = new Map();
    return { room: this.id, head: this.state?.head ?? 0, writes, sessions };
  }

  /** What it gave with `takeChange` was committed. */
  settle(): void {
    this.#holds.settle();
  }

  /** What the turn has changed could not be committed. */
  forget(): void {
    this.takeChange();
    this.#holds.rollBack();
    this.state = null;
  }

  /** What a session was before in the turn is void: one that was forgotten may be back, and the other way round. */
  #keep({ cid, session, forgotten }: SessionWrite): void {
    this.#sessions.delete(cid);
    this.#sessions.set(cid, session);
    if (forgotten !== undefined) this.#sessions.set(forgotten, null);
  }

  #tell({ key, value, action }: Message, { seq, prev, write }: Applied<Payload>): void {
    if (seq === undefined) {
      if (write) this.events.compacted(key);
    } else if (action.type === "relay") {
      this.events.message({ key, value, seq });
    } else {
      this.events.message({ key, value, seq, prev, replace: action.type === "replace" });
    }
  }

  #submit(fail: (refusal: Refusal) => void, apply: (state: Room<Payload>) => () => void): void {
    this.host.submit({ room: this, apply: (state) => this.#afterAll(apply(state)), fail });
  }

  /** What is told, or answered, comes after the holds that were put off (D23). */
  #afterAll(effect: () => void): () => void {
    return () => {
      this.events.flush();
      effect();
    };
  }
}

function resultOf(outcome: Outcome<Payload>, action?: Action): PushResult {
  switch (outcome.type) {
    case "applied":
      return { seq: action?.type === "compact" ? action.seq : (outcome.seq as number), size: outcome.size };
    case "refused":
      return new Refusal(outcome.code, outcome.message);
    case "duplicate":
      return { seq: outcome.seq, size: 0 };
    case "out_of_step":
      return "out_of_step";
  }
}
