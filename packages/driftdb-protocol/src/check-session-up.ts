import { checkKey, checkMessageToDb } from "./check-up.js";
import { FrameError } from "./errors.js";
import type { MessageToDb } from "./messages.js";
import type { SessionMessageToDb } from "./session-messages.js";
import { show } from "./show.js";

/**
 * Checks what a client sent on a session connection: what it may send on a plain one, and `unsubscribe`, `n`,
 * `epoch` and `last` beside (S2, S3, S7, S8).
 *
 * @param input a decoded frame.
 * @throws {FrameError} that names the field and what to send instead (P10), with the `n` that it uses up (S4).
 */
export function checkSessionMessageToDb(input: unknown): SessionMessageToDb {
  const frame = (input ?? {}) as Partial<Record<string, unknown>>;
  if (frame.type === "unsubscribe") return { type: "unsubscribe", key: checkKey(frame.key) };
  const message = frame.type === "push" ? checkPush(frame) : checkMessageToDb(input);
  if (message.type === "get") {
    const { epoch } = frame;
    if (epoch === undefined) return message;
    if (typeof epoch === "string") return { ...message, epoch };
    throw new FrameError("bad_epoch", `epoch is ${show(epoch)}: send the one that hello named`);
  }
  if (message.type !== "push" || frame.n === undefined) return message;
  if (isNumber(frame.n)) return { ...message, n: frame.n };
  throw new FrameError("bad_n", `n is ${show(frame.n)}: send 1, 2, 3 and so on`);
}

function checkPush(frame: Partial<Record<string, unknown>>): MessageToDb {
  try {
    return checkMessageToDb(frame);
  } catch (error) {
    if (!(error instanceof FrameError) || !isNumber(frame.n)) throw error;
    throw new FrameError(error.code, error.message, frame.n);
  }
}

const isNumber = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) > 0;
