// What must and must not compile. Checked by `tsc --noEmit`, never run.
import type { MessageToDb } from "./messages.js";
import type {
  Ack,
  Hello,
  SessionInit,
  SessionLimits,
  SessionMessageFromDb,
  SessionMessageToDb,
} from "./session-messages.js";

const accept = <T>(_: T): void => {};

accept<SessionMessageToDb>({ type: "push", key: "k", value: 1, action: { type: "append" }, n: 1 });
accept<SessionMessageToDb>({ type: "push", key: "k", value: 1, action: { type: "relay" } });
accept<SessionMessageToDb>({
  type: "push",
  key: "k",
  value: 1,
  action: { type: "compact", seq: 3, last: 2 },
});
accept<SessionMessageToDb>({ type: "get", key: "k", seq: 3, epoch: "e" });
accept<SessionMessageToDb>({ type: "unsubscribe", key: "k" });
accept<SessionMessageToDb>({ type: "ping" });

/** Whatever a plain connection may send, a session may. */
export const widened = (message: MessageToDb): SessionMessageToDb => message;

// @ts-expect-error a plain connection does not unsubscribe
accept<MessageToDb>({ type: "unsubscribe", key: "k" });
// @ts-expect-error an absent number is left out
accept<SessionMessageToDb>({ type: "push", key: "k", value: 1, action: { type: "append" }, n: undefined });
// @ts-expect-error only a push has a number
accept<SessionMessageToDb>({ type: "unsubscribe", key: "k", n: 1 });
// @ts-expect-error only a compaction says what is folded
accept<SessionMessageToDb>({ type: "push", key: "k", value: 1, action: { type: "append", last: 1 } });

// @ts-expect-error an ack is a number and a seq
accept<Ack>([1]);
// @ts-expect-error acks are not to be changed
export const changed = (ack: Ack) => ack.push(1);
accept<SessionLimits>({ messageBytes: 1, inFlight: 1 });
// @ts-expect-error what is unlimited is left out
accept<SessionLimits>({ messageBytes: 1, inFlight: 1, bytesPerSecond: null });
// @ts-expect-error hello is of version 2
accept<Hello["v"]>(1);
// @ts-expect-error a session's init says through where it is complete
accept<SessionInit>({ type: "init", key: "k", data: [] });

/** The type field tells the members of the union apart. */
export function seen(message: SessionMessageFromDb): number | undefined {
  switch (message.type) {
    case "hello":
      return message.acked;
    case "ack":
      return message.acks[0]?.[1];
    case "push":
      return message.prev;
    case "holds":
      return message.seq;
    case "init":
      return message.head;
    case "error":
      return message.n;
    case "stream_size":
      return message.size;
    case "pong":
      return message.nonce;
  }
}
