import type { Limits } from "./limits.js";
import { TokenBucket } from "./token-bucket.js";

/** Buckets that a map may have before it drops the full ones, which limit nothing. */
const MAX_BUCKETS = 10_000;

/** Limits for each address: messages over HTTP, new rooms, and open connections. */
export class AddressLimits {
  readonly #limits: Limits;
  readonly #messages = new Map<string, TokenBucket>();
  readonly #rooms = new Map<string, TokenBucket>();
  readonly #connections = new Map<string, number>();
  #total = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Counts a message over HTTP.
   *
   * @returns 0; or, when the address sends too fast, the milliseconds until its next message.
   */
  message(address: string): number {
    const { messagesPerSecond, messageBurst } = this.#limits;
    return waitFor(this.#messages, address, messagesPerSecond, messageBurst);
  }

  /**
   * Counts a new room.
   *
   * @returns 0; or, when the address makes too many, the milliseconds until its next room.
   */
  room(address: string): number {
    const { roomsPerMinute } = this.#limits;
    return waitFor(this.#rooms, address, roomsPerMinute / 60, roomsPerMinute);
  }

  /**
   * Counts a connection that opens.
   *
   * @returns `false` when it would be one too many. It is not counted then.
   */
  connect(address: string): boolean {
    const open = this.#connections.get(address) ?? 0;
    const { connections, connectionsPerAddress } = this.#limits;
    if (this.#total >= connections || open >= connectionsPerAddress) return false;
    this.#connections.set(address, open + 1);
    this.#total++;
    return true;
  }

  /** Counts a connection that has closed. */
  disconnect(address: string): void {
    const open = (this.#connections.get(address) ?? 1) - 1;
    if (open === 0) this.#connections.delete(address);
    else this.#connections.set(address, open);
    this.#total--;
  }
}

/** The peer's address. Headers of proxies are ignored, since a client can forge them. */
export function addressOf(request: {
  readonly socket: { readonly remoteAddress?: string | undefined };
}): string {
  return request.socket.remoteAddress ?? "";
}

/** Spends one token of the address: 0, or the milliseconds until it has one. */
function waitFor(buckets: Map<string, TokenBucket>, address: string, rate: number, burst: number): number {
  if (burst === Number.POSITIVE_INFINITY) return 0;
  const now = performance.now();
  let bucket = buckets.get(address);
  if (!bucket) {
    if (buckets.size >= MAX_BUCKETS) deleteFullBuckets(buckets, now);
    bucket = new TokenBucket(rate, burst, now);
    buckets.set(address, bucket);
  }
  return bucket.tryTake(1, now);
}

function deleteFullBuckets(buckets: Map<string, TokenBucket>, now: number): void {
  for (const [address, bucket] of buckets) if (bucket.isFull(now)) buckets.delete(address);
}
