/**
 * The seqs of a session's newest messages as short text: base 36, each as the difference to the one before it, so
 * that 256 of them take well under a kilobyte.
 */
export function packSeqs(seqs: readonly number[]): string {
  let before = 0;
  return seqs
    .map((seq) => {
      const difference = seq - before;
      before = seq;
      return difference.toString(36);
    })
    .join(" ");
}

/** The seqs that `packSeqs` was given. */
export function unpackSeqs(packed: string): number[] {
  let before = 0;
  return packed.split(" ").map((difference) => {
    before += Number.parseInt(difference, 36);
    return before;
  });
}
