import { ERROR_STORAGE_FAILED } from "driftdb-protocol";
import type { Answer, Request } from "../engine/engine.js";
import type { Frame } from "../frame/frame.js";
import type { Asker } from "../room/member.js";
import type { RoomHost } from "../room/room-host.js";
import { Complaint, plainReply } from "./plain-reply.js";
import { readRequest } from "./read-request.js";

/** A connection that asks for one thing, and is gone when that is answered: a POST (P9). */
export class OneRequest implements Asker {
  readonly session = null;
  readonly #request: Request;
  #reply: (reply: Frame | Complaint | null) => void = () => {};

  /**
   * @param body one message in JSON.
   * @throws {FrameError} when the message breaks a rule (P10).
   */
  constructor(body: Uint8Array) {
    this.#request = readRequest(body, false, this);
  }

  /** @returns what a plain connection would have been sent to it alone: `null` for nothing. */
  async askIn(room: RoomHost): Promise<Frame | Complaint | null> {
    room.enter(this);
    try {
      return await new Promise((resolve) => {
        this.#reply = resolve;
        room.submit(this.#request);
      });
    } finally {
      room.exit(this);
    }
  }

  answered(answer: Answer): void {
    this.#reply(plainReply(answer));
  }

  lost(): void {
    const message = "the room is being opened again: try again";
    this.#reply(new Complaint({ code: ERROR_STORAGE_FAILED, message }));
  }
}
