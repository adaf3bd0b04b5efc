/** Why a WebSocket was closed (S13), by the code of its close frame. */
export const CloseCode = {
  /** The client asked for it. */
  normal: 1000,
  /** The server stops, or the page goes away. */
  goingAway: 1001,
  /** No close frame came: the network was cut. Never sent. */
  lost: 1006,
  /** The client keeps breaking rules. */
  policy: 1008,
  /** A frame was far larger than a message may be. */
  tooLarge: 1009,
  /** The server restarts: come back after a random moment. */
  restart: 1012,
  /** The server has too much to do. */
  tryLater: 1013,
  /** Another connection has taken the session over. */
  takenOver: 4001,
  /** The client may not be in the room. */
  forbidden: 4003,
  noSuchRoom: 4004,
  /** The client does not read what it is sent. */
  tooSlow: 4008,
  /** The session is unknown, or a message was left out. */
  outOfStep: 4009,
} as const;

const FINAL: ReadonlySet<number> = new Set([
  CloseCode.policy,
  CloseCode.tooLarge,
  CloseCode.takenOver,
  CloseCode.forbidden,
  CloseCode.noSuchRoom,
]);

/** Whether a client may dial again after a close with this code (S13). A code that is not known may be retried. */
export function mayRetry(code: number): boolean {
  return !FINAL.has(code);
}
