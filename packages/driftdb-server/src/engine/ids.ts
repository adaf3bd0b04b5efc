/** Digits and lower-case letters without i, l, o and u, which are easy to confuse. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new room's id, which is also its bearer token: 130 bits from the system's CSPRNG (P1). */
export function newRoomId(): string {
  return letters(26);
}

/** A name for a room's data (S1). */
export function newEpoch(): string {
  return letters(10);
}

/** A name for one opening of a room. */
export function newLife(): string {
  return letters(10);
}

/** A name for a journal. A journal with a gap gets a new one. */
export function newJournalId(): string {
  return letters(10);
}

function letters(count: number): string {
  // 256 is a multiple of 32, so all letters are equally likely.
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
