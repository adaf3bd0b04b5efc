/**
 * The sessions of a room by the seqs of their newest holds. Frames with several holds name sessions that way.
 */
export class HeldBy {
  readonly #seqs = new Map<string, number>();
  readonly #names = new Map<number, string>();

  /** Notes the newest hold of a session. */
  by(name: string, seq: number): void {
    this.letGo(name);
    this.#seqs.set(name, seq);
    this.#names.set(seq, name);
  }

  /**
   * Notes the newest hold of the session whose last one had the seq `before`.
   *
   * @returns the session's name.
   * @throws {Error} when no session is known to hold that.
   */
  again(before: number, seq: number): string {
    const name = this.#names.get(before);
    if (name === undefined) throw new Error(`hold ${seq} follows ${before}, which no session holds`);
    this.by(name, seq);
    return name;
  }

  letGo(name: string): void {
    const seq = this.#seqs.get(name);
    if (seq !== undefined) this.#names.delete(seq);
    this.#seqs.delete(name);
  }
}
