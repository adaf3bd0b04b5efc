import type { Key } from "driftdb-protocol";
import { type EngineRoom, Refusal, type RoomEvents } from "./engines/engine.js";
import { Frame } from "./frame.js";
import type { Payload } from "./payload.js";
import type { Request } from "./request.js";

/** Somebody who is told of everything in a room, in order. */
export interface Member {
  /** A debug connection sees a key's whole stream after each change of it, in place of the change (P8). */
  readonly debug: boolean;
  send(frame: Frame): void;
}

/** One open room: who is in it, and what they are told. */
export class RoomHost implements RoomEvents {
  readonly #members = new Set<Member>();
  #engine: EngineRoom | undefined;

  /** @param engine the room as the engine has opened it for this host's events. */
  attach(engine: EngineRoom): this {
    this.#engine = engine;
    return this;
  }

  /** From now on the member is in every broadcast (P2). */
  join(member: Member): void {
    this.#members.add(member);
    if (member.debug) this.#showAll(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  close(): void {
    this.#engine?.close();
  }

  /**
   * Takes one message. Answers are given in the order of the calls, after everything that was
   * committed before has been broadcast (M5).
   *
   * @param reply is given what the sender alone is to see, or `null` for nothing (P6, P9).
   */
  request(message: Request, reply: (answer: Frame | Refusal | null) => void): void {
    const room = this.#room;
    switch (message.type) {
      case "push": {
        const { key, value, action } = message;
        room.push(key, value, action, (result) => {
          if (result instanceof Refusal) reply(result);
          else if (result.size > 1) reply(Frame.of({ type: "stream_size", key, size: result.size }));
          else reply(null);
        });
        break;
      }
      case "get": {
        const { key, seq = 0 } = message;
        if (seq === null) this.barrier(() => reply(null));
        else
          room.get(key, seq, (result) => reply(result instanceof Refusal ? result : Frame.init(key, result)));
        break;
      }
      case "ping": {
        const { nonce } = message;
        this.barrier(() => reply(Frame.of(nonce === undefined ? { type: "pong" } : { type: "pong", nonce })));
        break;
      }
    }
  }

  /** Calls back in its place among the answers. */
  barrier(done: () => void): void {
    this.#room.barrier(done);
  }

  message(key: Key, value: Payload, seq: number, retained: boolean): void {
    const frame = Frame.push(key, value, seq);
    for (const member of this.#members) {
      if (member.debug && retained) this.#show(member, key);
      else member.send(frame);
    }
  }

  compacted(key: Key): void {
    for (const member of this.#members) if (member.debug) this.#show(member, key);
  }

  get #room(): EngineRoom {
    if (!this.#engine) throw new Error("the room is not open");
    return this.#engine;
  }

  #showAll(member: Member): void {
    this.#room.keys((keys) => {
      if (!(keys instanceof Refusal)) for (const key of keys) this.#show(member, key);
    });
  }

  #show(member: Member, key: Key): void {
    this.#room.get(key, 0, (entries) => {
      if (!(entries instanceof Refusal) && this.#members.has(member)) member.send(Frame.init(key, entries));
    });
  }
}
