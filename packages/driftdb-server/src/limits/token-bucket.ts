/** Allows `rate` tokens a second, and a burst of `burst` at once. Taking more than there is makes a debt. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #updated: number;

  /** @param now milliseconds of any steady clock, here and below. */
  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#updated = now;
  }

  /** Takes the tokens, and answers for how many milliseconds nothing more should be taken. */
  take(tokens: number, now: number): number {
    this.#refill(now);
    this.#tokens -= tokens;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#rate) * 1_000;
  }

  /** Takes the tokens if they are there: 0, or the milliseconds until they are, with nothing taken. */
  tryTake(tokens: number, now: number): number {
    this.#refill(now);
    const missing = tokens - this.#tokens;
    if (missing > 0) return (missing / this.#rate) * 1_000;
    this.#tokens -= tokens;
    return 0;
  }

  /** Whether it has not been used for so long that it is as good as new. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#burst;
  }

  #refill(now: number): void {
    // No time, times an infinite rate, would be no number.
    if (now <= this.#updated || this.#burst === Number.POSITIVE_INFINITY) return;
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#updated) / 1_000) * this.#rate);
    this.#updated = now;
  }
}
