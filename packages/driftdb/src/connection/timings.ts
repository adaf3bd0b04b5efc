// The times of a connection, all in milliseconds (S11, S13). Without imports: so a bundler puts the numbers
// in place of the names.

/** Silence after which a ping is sent; also the longest a dial may take. */
export const QUIET = 20_000;
/** Silence after a ping after which the socket counts as dead. */
export const PONG = 8_000;
/** The same when the page wakes up, with its user waiting for it. */
export const PROBE = 3_000;
/** How long an open socket may be without `hello` until a ping finds out what answers (S1). */
export const GREETING = 3_000;
/** How long an open socket may be without `hello` after that ping. */
export const GREETING_PROBED = 7_000;
/** A connection that was open for this long starts the delays over. */
export const HEALTHY = 5_000;
/** The first retry comes at a random moment within this, each later one within twice as much … */
export const RETRY = 1_000;
/** … up to this. */
export const RETRY_MOST = 30_000;
/** The clients of a server that restarts come back spread over this. */
export const RESTART = 5_000;
