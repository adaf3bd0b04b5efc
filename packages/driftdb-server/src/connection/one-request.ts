import { ERROR_STORAGE_FAILED } from "driftdb-protocol";
import type { Answer, Request } from "../engine/engine.js";
import type { Frame } from "../frame/frame.js";
import type { Asker } from "../room/member.js";
import type { RoomHost } from "../room/room-host.js";
import { ErrorReply, plainReply } from "./plain-reply.js";
import { readRequest } from "./read-request.js";

/** The connection of a single request: a POST (P9). */
export class OneRequest implements Asker {
  readonly session = null;
  readonly #request: Request;
  #reply: (reply: Frame | ErrorReply | null) => void = () => {};

  /**
   * @param body one message in JSON.
   * @throws {FrameError} when the message breaks a rule (P10).
   */
  constructor(body: Uint8Array) {
    this.#request = readRequest(body, false, this);
  }

  /** @returns the answer that a plain connection would receive; `null` for none. */
  async submitTo(room: RoomHost): Promise<Frame | ErrorReply | null> {
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
    const message = "the server lost this room and has to open it again: try again";
    this.#reply(new ErrorReply({ code: ERROR_STORAGE_FAILED, message }));
  }
}
