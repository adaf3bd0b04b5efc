import { randomBytes } from "node:crypto";

/** Digits and lower-case letters without i, l, o and u: nothing to mistake when it is read out or copied. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

const LENGTH = 26;

/** A new room's id and bearer token: 130 bits from the system's CSPRNG (P1). */
export function newRoomId(): string {
  // 32 letters divide 256 evenly, so that no letter is more likely than another.
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
