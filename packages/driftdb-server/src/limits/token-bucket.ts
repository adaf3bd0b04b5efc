/** Allows `rate` tokens per second, after a burst of `burst`. `take` may go into debt. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #updated: number;

  /** @param now milliseconds of a steady clock, in every method. */
  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#updated = now;
  }

  /**
   * Takes the tokens, even if there are too few.
   *
   * @returns the milliseconds until the debt is paid: the caller waits for as long.
   */
  take(tokens: number, now: number): number {
    this.#refill(now);
    this.#tokens -= tokens;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#rate) * 1_000;
  }

  /**
   * Takes the tokens if there are enough.
   *
   * @returns 0; or, when it takes none, the milliseconds until there are enough.
   */
  tryTake(tokens: number, now: number): number {
    this.#refill(now);
    const missing = tokens - this.#tokens;
    if (missing > 0) return (missing / this.#rate) * 1_000;
    this.#tokens -= tokens;
    return 0;
  }

  /** Whether the bucket has the whole burst, like a new one. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#burst;
  }

  #refill(now: number): void {
    // 0 ms times an infinite rate would be NaN.
    if (now <= this.#updated || this.#burst === Number.POSITIVE_INFINITY) return;
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#updated) / 1_000) * this.#rate);
    this.#updated = now;
  }
}
