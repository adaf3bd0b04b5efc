import { type EngineRoom, Refusal } from "../engine/engine.js";
import { Frame } from "../wire/frame.js";
import type { Request } from "./read-request.js";

/**
 * Does what a plain connection or a POST asks for. Answers are given in the order of the calls, after everything
 * that was committed before has been broadcast (M5).
 *
 * @param reply is given what the sender alone is to see, or `null` for nothing (P6, P9).
 */
export function answerPlain(
  room: EngineRoom,
  request: Request,
  reply: (answer: Frame | Refusal | null) => void,
): void {
  switch (request.type) {
    case "push": {
      const { key } = request;
      room.push(request, null, (result) => {
        if (result === "out_of_step") reply(null);
        else if (result instanceof Refusal) reply(result);
        else reply(sizeFrame(key, result.size));
      });
      break;
    }
    case "get": {
      const { key, seq = 0 } = request;
      if (seq === null) room.barrier(() => reply(null));
      else
        room.get(key, seq, (result) => reply(result instanceof Refusal ? result : Frame.init(key, result)));
      break;
    }
    case "ping":
      room.barrier(() => reply(pongFrame(request.nonce)));
      break;
  }
}

/** P6: only where there is more than one. */
export function sizeFrame(key: string, size: number): Frame | null {
  return size > 1 ? Frame.of({ type: "stream_size", key, size }) : null;
}

export function pongFrame(nonce: number | undefined): Frame {
  return Frame.of(nonce === undefined ? { type: "pong" } : { type: "pong", nonce });
}
