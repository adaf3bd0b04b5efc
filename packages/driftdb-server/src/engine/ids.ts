/** Digits and lower-case letters without i, l, o and u: nothing to mistake when it is read out or copied. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new room's id and bearer token: 130 bits from the system's CSPRNG (P1). */
export function newRoomId(): string {
  return letters(26);
}

/** A name for a life of a room's data (S1). */
export function newEpoch(): string {
  return letters(10);
}

/** A name for one opening of a room. */
export function newLife(): string {
  return letters(10);
}

/** A name for a journal: it changes where the journal has a gap. */
export function newJournalId(): string {
  return letters(10);
}

function letters(count: number): string {
  // 32 letters divide 256 evenly, so that no letter is more likely than another.
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
