import type { RoomLimits } from "../core/limits.js";

/** How much, and how fast, one client may. */
export interface Limits extends RoomLimits {
  /** Messages a second of one connection, or over HTTP of one address. A faster connection is read more slowly. */
  readonly messagesPerSecond: number;
  /** Messages that may come at once before the rate counts. */
  readonly messageBurst: number;
  /** Bytes a second of one connection. */
  readonly bytesPerSecond: number;
  /** New rooms a minute of one address. */
  readonly roomsPerMinute: number;
  /** Open connections of one address. */
  readonly connectionsPerAddress: number;
  /** Open connections in all. */
  readonly connections: number;
}

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
 * Fills in the defaults; `false` lifts the rates, for benchmarks, and leaves what a room may retain.
 *
 * @throws {RangeError} that names the limit.
 */
export function resolveLimits(limits: Partial<Limits> | false = {}): Limits {
  const resolved = { ...DEFAULT_LIMITS, ...(limits === false ? UNLIMITED_RATES : limits) };
  for (const [name, value] of Object.entries(resolved)) {
    if (!(value > 0)) throw new RangeError(`limits.${name} is ${value}: give a number above 0`);
  }
  return resolved;
}
