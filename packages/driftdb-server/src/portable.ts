// driftdb-server/core: a server without sockets and disk, for Node and workers. It needs WebSockets and
// `crypto`. An embedder adds a `Transport`, and an `Engine` or a `RoomStore` for `LocalEngine`.

export {
  type ConnectionKind,
  type OpenedConnection,
  openConnection,
  sessionLimits,
} from "./connection/open-connection.js";
export { SessionConnection } from "./connection/session-connection.js";
export type { Attendance } from "./core/attendance.js";
export type { Commit, StreamChange } from "./core/commit.js";
export type { Hold, Holds } from "./core/holds.js";
export type { RoomLimits } from "./core/limits.js";
export type * from "./core/output.js";
export type { Refusal } from "./core/refusal.js";
export type * from "./core/request.js";
export { Room, type RoomOptions } from "./core/room.js";
export { RoomState } from "./core/room-state.js";
export { type Ack, Session, type SessionDraft, type SessionRecord } from "./core/session.js";
export type { Sessions } from "./core/sessions.js";
export type { Entry, Sized, Stream } from "./core/stream.js";
export type { Turn, TurnBase } from "./core/turn.js";
export type * from "./engine/engine.js";
export { newEpoch, newLife, newRoomId } from "./engine/ids.js";
export { LocalEngine, type LocalEngineOptions } from "./engine/local/local-engine.js";
export { type Handle, LocalRoom, type RoomOwner } from "./engine/local/local-room.js";
export { MemoryStore } from "./engine/local/memory-store.js";
export type { RoomStore } from "./engine/local/room-store.js";
export { Payload } from "./engine/payload.js";
export { Frame, type SessionFields } from "./frame/frame.js";
export type { Init } from "./frame/init-encoder.js";
export type { Receiver, SessionMemory, Transport } from "./frame/transport.js";
export { DEFAULT_LIMITS, type Limits, resolveLimits } from "./limits/limits.js";
export type { BroadcastFrames } from "./room/broadcast-frames.js";
export type { Asker, Member } from "./room/member.js";
export { OpenRooms } from "./room/open-rooms.js";
export { publicName } from "./room/public-name.js";
export { RoomHost } from "./room/room-host.js";
export { type Clock, systemClock } from "./schedule/clock.js";
