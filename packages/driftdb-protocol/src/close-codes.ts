// The codes of WebSocket close frames (S13). Each is a constant of its own, so that
// a bundler inlines the number and drops unused codes.

/** The client closed the connection on purpose. */
export const CLOSE_NORMAL = 1000;
/** The server stops, or the page goes away. */
export const CLOSE_GOING_AWAY = 1001;
/** The network was cut before a close frame came. Never sent: WebSockets report it themselves. */
export const CLOSE_LOST = 1006;
/** The client keeps breaking rules. */
export const CLOSE_POLICY = 1008;
/** A frame was larger than `MAX_FRAME_BYTES`. */
export const CLOSE_TOO_LARGE = 1009;
/** The server restarts: reconnect after a random delay. */
export const CLOSE_RESTART = 1012;
/** The server has too much to do, or could not commit. */
export const CLOSE_TRY_LATER = 1013;
/** Another connection has taken the session over (S10). */
export const CLOSE_TAKEN_OVER = 4001;
/** The client may not be in the room. */
export const CLOSE_FORBIDDEN = 4003;
/** The room does not exist (S14). */
export const CLOSE_NO_SUCH_ROOM = 4004;
/** The client does not read what the server sends (S12). */
export const CLOSE_TOO_SLOW = 4008;
/** The session is unknown, or a number was left out: start a new session (S3). */
export const CLOSE_OUT_OF_STEP = 4009;

/**
 * Whether a client may reconnect after a close with this code (S13). Unknown codes may be retried.
 *
 * @example
 * socket.onclose = ({ code }) => {
 *   if (mayRetry(code)) setTimeout(connect, Math.random() * 1_000);
 * };
 */
export function mayRetry(code: number): boolean {
  return ![CLOSE_POLICY, CLOSE_TOO_LARGE, CLOSE_TAKEN_OVER, CLOSE_FORBIDDEN, CLOSE_NO_SUCH_ROOM].includes(
    code,
  );
}
