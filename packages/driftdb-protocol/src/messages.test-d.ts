// What must and must not compile. Checked by `tsc --noEmit`, never run.
import type { Action, Broadcast, Init, MessageFromDb, MessageToDb, Pong, SequenceValue } from "./messages.js";

const accept = <T>(_: T): void => {};

accept<MessageToDb>({ type: "push", key: "", value: [1], action: { type: "append" } });
accept<MessageToDb>({ type: "push", key: "k", value: 1, action: { type: "compact", seq: 3 } });
accept<MessageToDb>({ type: "get", key: "k" });
accept<MessageToDb>({ type: "get", key: "k", seq: null });
accept<MessageToDb>({ type: "ping" });
accept<MessageToDb>({ type: "ping", nonce: 1 });

// @ts-expect-error a message has one of three types
accept<MessageToDb>({ type: "subscribe", key: "k" });
// @ts-expect-error a push has an action
accept<MessageToDb>({ type: "push", key: "k", value: 1 });
// @ts-expect-error a push has a value
accept<MessageToDb>({ type: "push", key: "k", action: { type: "append" } });
// @ts-expect-error a key is a string
accept<MessageToDb>({ type: "get", key: 1 });
// @ts-expect-error an absent seq is left out
accept<MessageToDb>({ type: "get", key: "k", seq: undefined });
// @ts-expect-error a nonce is a number
accept<MessageToDb>({ type: "ping", nonce: "1" });
// @ts-expect-error a pong is the server's
accept<MessageToDb>({ type: "pong" });

// @ts-expect-error a compaction says through where
accept<Action>({ type: "compact" });
// @ts-expect-error nothing else has a seq
accept<Action>({ type: "append", seq: 1 });
// @ts-expect-error there are four actions
accept<Action>({ type: "delete" });

accept<MessageFromDb>({ type: "init", key: "k", data: [{ value: null, seq: 1 }] });
accept<MessageFromDb>({ type: "error", message: "no", code: "bad_key" });
accept<Pong>({ type: "pong" });
// @ts-expect-error a broadcast has a seq
accept<Broadcast>({ type: "push", key: "k", value: 1 });
// @ts-expect-error an init lists values with their seqs
accept<Init>({ type: "init", key: "k", data: [1] });

/** The type field tells the members of the union apart. */
export function seen(message: MessageFromDb): readonly SequenceValue[] {
  switch (message.type) {
    case "init":
      return message.data;
    case "push":
      return [{ value: message.value, seq: message.seq }];
    case "stream_size":
      accept<number>(message.size);
      // @ts-expect-error a size has no data
      return message.data;
    case "pong":
    case "error":
      return [];
  }
}

// @ts-expect-error a value is unknown until it is looked at
export const length = (message: Broadcast) => message.value.length;
