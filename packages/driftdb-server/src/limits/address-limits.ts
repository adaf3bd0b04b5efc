import type { Limits } from "./limits.js";
import { TokenBucket } from "./token-bucket.js";

/** Addresses that are remembered before those that have been quiet are forgotten. */
const REMEMBERED = 10_000;

/** What one address may do in a while: messages over HTTP, new rooms, connections. */
export class AddressLimits {
  readonly #limits: Limits;
  readonly #messages = new Map<string, TokenBucket>();
  readonly #rooms = new Map<string, TokenBucket>();
  readonly #connections = new Map<string, number>();
  #total = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** 0, or after how many milliseconds the address may send its next message over HTTP. */
  message(address: string): number {
    const { messagesPerSecond, messageBurst } = this.#limits;
    return take(this.#messages, address, messagesPerSecond, messageBurst);
  }

  /** 0, or after how many milliseconds the address may make its next room. */
  room(address: string): number {
    const { roomsPerMinute } = this.#limits;
    return take(this.#rooms, address, roomsPerMinute / 60, roomsPerMinute);
  }

  /** Counts a connection in; `false` if it would be one too many. */
  connect(address: string): boolean {
    const open = this.#connections.get(address) ?? 0;
    const { connections, connectionsPerAddress } = this.#limits;
    if (this.#total >= connections || open >= connectionsPerAddress) return false;
    this.#connections.set(address, open + 1);
    this.#total++;
    return true;
  }

  disconnect(address: string): void {
    const open = (this.#connections.get(address) ?? 1) - 1;
    if (open === 0) this.#connections.delete(address);
    else this.#connections.set(address, open);
    this.#total--;
  }
}

/** The peer's address. Whatever a proxy says of it could be made up. */
export function addressOf(request: {
  readonly socket: { readonly remoteAddress?: string | undefined };
}): string {
  return request.socket.remoteAddress ?? "";
}

function take(buckets: Map<string, TokenBucket>, address: string, rate: number, burst: number): number {
  if (burst === Number.POSITIVE_INFINITY) return 0;
  const now = performance.now();
  let bucket = buckets.get(address);
  if (!bucket) {
    if (buckets.size >= REMEMBERED) forgetQuiet(buckets, now);
    bucket = new TokenBucket(rate, burst, now);
    buckets.set(address, bucket);
  }
  return bucket.tryTake(1, now);
}

function forgetQuiet(buckets: Map<string, TokenBucket>, now: number): void {
  for (const [address, bucket] of buckets) if (bucket.isFull(now)) buckets.delete(address);
}
