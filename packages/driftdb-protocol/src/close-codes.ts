/** Why a WebSocket was closed (S13), by the code of its close frame. */
export const CloseCode = {
  /** The client asked for it. */
  normal: 1000,
  /** The server stops, or the page goes away. */
  goingAway: 1001,
  /** No close frame came: the network was cut. Never sent. */
  lost: 1006,
  policy: 1008,
  tooLarge: 1009,
  /** The server restarts: come back after a random moment. */
  restart: 1012,
  tryLater: 1013,
  takenOver: 4001,
  forbidden: 4003,
  noSuchRoom: 4004,
  tooSlow: 4008,
  outOfStep: 4009,
} as const;

const FINAL: ReadonlySet<number> = new Set([
  CloseCode.policy,
  CloseCode.tooLarge,
  CloseCode.takenOver,
  CloseCode.forbidden,
  CloseCode.noSuchRoom,
]);

/** Whether a client may dial again after a close with this code (S13). */
export function mayRetry(code: number): boolean {
  return !FINAL.has(code);
}
