import { ERROR_BAD_EPOCH, ERROR_BAD_N } from "../error-codes.js";
import { FrameError } from "../errors.js";
import type { GetMessage, PingMessage, PushMessage } from "../messages.js";
import type { SessionMessageToDb, SessionPush } from "../session-messages.js";
import { describeValue } from "./describe-value.js";
import { checkKey, checkMessageToDb } from "./plain-up.js";

/**
 * Checks a message of a client on a session connection: the messages of plain connections, plus
 * `unsubscribe`, `release`, `hold`, `n`, `epoch` and `last` (S2, S3, S7–S9).
 *
 * @param input a decoded frame.
 * @throws {FrameError} that names the field and says what to send instead (P10), with the `n` that the
 *   message has (S4).
 */
export function checkSessionMessageToDb(input: unknown): SessionMessageToDb {
  const frame = (input ?? {}) as Partial<Record<string, unknown>>;
  if (frame.type === "unsubscribe" || frame.type === "release") {
    return { type: frame.type, key: checkKey(frame.key) };
  }
  const message =
    frame.type === "push" ? checkPush(frame) : (checkMessageToDb(input) as GetMessage | PingMessage);
  if (message.type === "get") {
    const { epoch } = frame;
    if (epoch === undefined) return message;
    if (typeof epoch === "string") return { ...message, epoch };
    throw new FrameError(ERROR_BAD_EPOCH, `epoch is ${describeValue(epoch)}: send the one that hello named`);
  }
  if (message.type !== "push" || frame.n === undefined) return message;
  if (!isNumber(frame.n))
    throw new FrameError(ERROR_BAD_N, `n is ${describeValue(frame.n)}: send 1, 2, 3 and so on`);
  if (message.action.type !== "hold") return { ...message, n: frame.n };
  throw new FrameError(ERROR_BAD_N, `n is ${frame.n}: leave it out of a hold`, frame.n);
}

function checkPush(frame: Partial<Record<string, unknown>>): SessionPush {
  try {
    // A hold is checked like a relay.
    if ((frame.action as { type?: unknown } | null | undefined)?.type === "hold") {
      return { ...(checkMessageToDb({ ...frame, action: RELAY }) as PushMessage), action: { type: "hold" } };
    }
    return checkMessageToDb(frame) as PushMessage;
  } catch (error) {
    if (!(error instanceof FrameError) || !isNumber(frame.n)) throw error;
    throw new FrameError(error.code, error.message, frame.n);
  }
}

const RELAY = { type: "relay" };

const isNumber = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) > 0;
