/**
 * Encodes the seqs of a session's newest messages as short text: the differences between them, in base 36. So
 * 256 seqs have well under a kilobyte.
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

/** Decodes the text of `packSeqs`. */
export function unpackSeqs(packed: string): number[] {
  let before = 0;
  return packed.split(" ").map((difference) => {
    before += Number.parseInt(difference, 36);
    return before;
  });
}
