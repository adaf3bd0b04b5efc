import type { RoomLimits } from "../core/limits.js";

/** Limits of rooms, connections and addresses. */
export interface Limits extends RoomLimits {
  /**
   * Messages per second of one connection; over HTTP, of one address. The server reads a faster connection
   * more slowly, and answers 429 over HTTP.
   */
  readonly messagesPerSecond: number;
  /** Messages that a connection, or over HTTP an address, may send before the rate applies. */
  readonly messageBurst: number;
  /** Bytes per second of one connection. The server reads a faster connection more slowly. */
  readonly bytesPerSecond: number;
  /** New rooms per minute of one address. The server answers 429 beyond it. */
  readonly roomsPerMinute: number;
  /** Open connections of one address. The server answers 503 beyond it. */
  readonly connectionsPerAddress: number;
  /** Open connections of the whole server. The server answers 503 beyond it. */
  readonly connections: number;
}

/** The limits of a server without the option `limits`. */
export const DEFAULT_LIMITS: Limits = {
  keys: 1_000,
  messagesPerKey: 10_000,
  bytesPerKey: 8 * 1_048_576,
  bytesPerRoom: 64 * 1_048_576,
  messagesPerSecond: 200,
  messageBurst: 400,
  bytesPerSecond: 1_048_576,
  roomsPerMinute: 60,
  connectionsPerAddress: 256,
  connections: 10_000,
};

const UNLIMITED_RATES: Partial<Limits> = {
  messagesPerSecond: Number.POSITIVE_INFINITY,
  messageBurst: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  roomsPerMinute: Number.POSITIVE_INFINITY,
  connectionsPerAddress: Number.POSITIVE_INFINITY,
  connections: Number.POSITIVE_INFINITY,
};

/**
 * Fills in the defaults. `false` lifts the rates, for benchmarks, and leaves the limits of rooms.
 *
 * @throws {RangeError} when a limit is not a number above 0. The message names it.
 */
export function resolveLimits(limits: Partial<Limits> | false = {}): Limits {
  const resolved = { ...DEFAULT_LIMITS, ...(limits === false ? UNLIMITED_RATES : limits) };
  for (const [name, value] of Object.entries(resolved)) {
    if (!(value > 0)) throw new RangeError(`limits.${name} is ${value}: use a number above 0`);
  }
  return resolved;
}
