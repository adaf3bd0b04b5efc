/** The alphabet of base64url (RFC 4648, section 5). */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A session's name for other clients (S1): 16 characters. The secret `cid` cannot be computed from it. */
export async function publicName(cid: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(cid));
  const bytes = new Uint8Array(digest, 0, 12);
  let name = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const bits = (a << 16) | (b << 8) | c;
    for (let shift = 18; shift >= 0; shift -= 6) name += ALPHABET[(bits >> shift) & 63];
  }
  return name;
}
