import type { Action } from "driftdb-protocol";
import type { Commit } from "../src/core/commit.js";
import type { RoomLimits } from "../src/core/limits.js";
import type { RoomOutput } from "../src/core/output.js";
import type { Connection, RoomRequest } from "../src/core/request.js";
import { Room } from "../src/core/room.js";
import { RoomState } from "../src/core/room-state.js";
import { acksOf } from "../src/core/session.js";
import type { Sized } from "../src/core/stream.js";

/** A value in tests of the core, which reads only its size. */
export interface Text extends Sized {
  readonly text: string;
}

/** @param size bytes that the value counts. */
export const text = (text: string, size = text.length): Text => ({ text, size });

export const sameText = (a: Text, b: Text): boolean => a.text === b.text;

export const UNLIMITED: RoomLimits = {
  keys: 1e9,
  messagesPerKey: 1e9,
  bytesPerKey: 1e9,
  bytesPerRoom: 1e9,
};

/** A room of the core, without an engine around it. */
export function coreRoom(limits: Partial<RoomLimits> = {}, state = new RoomState<Text>("epoch")): Room<Text> {
  return new Room({ id: "room", life: "life", limits: { ...UNLIMITED, ...limits }, state, same: sameText });
}

/** Applies one turn and lands it, like an engine whose commit succeeds. */
export function commitTurn(
  room: Room<Text>,
  requests: readonly RoomRequest<Text>[],
  now = 0,
): { outputs: readonly RoomOutput<Text>[]; commit: Commit<Text> } {
  const turn = room.apply(requests, now);
  const commit = turn.commit(0);
  room.land(turn, commit);
  return { outputs: turn.outputs, commit };
}

export function pushOf(
  connection: Connection,
  key: string,
  value: string,
  action: Action | "append" | "replace" | "relay" = "append",
  n?: number,
): RoomRequest<Text> {
  const asAction = typeof action === "string" ? { type: action } : action;
  return { type: "push", connection, key, value: text(value), action: asAction, n };
}

/** A copy of a room's state, without its attendance. */
export function pictureOf(
  { state, holds }: Room<Text>,
  keys: readonly string[],
  cids: readonly string[],
): unknown {
  const { head, number, bytes, streams, sessions } = state;
  return structuredClone({
    head,
    number,
    bytes,
    streams: Array.from(streams, ([key, stream]) => [key, stream.bytes, stream.since(-1)]),
    sessions: cids.map((cid) => {
      const session = sessions.get(cid);
      return session && { acked: session.acked, acks: acksOf(session) };
    }),
    heldBytes: holds.bytes,
    held: keys.map((key) => [key, holds.bytesOf(key), [...holds.of(key)].sort((a, b) => a.seq - b.seq)]),
    heldKeys: cids.map((cid) => [...holds.keysOf(cid)].sort()),
  });
}
