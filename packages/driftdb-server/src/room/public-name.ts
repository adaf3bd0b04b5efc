import { createHash } from "node:crypto";

/** What the others may know a session by (S1): nobody finds the secret `cid` from it. */
export function publicName(cid: string): string {
  return createHash("sha256").update(cid).digest().toString("base64url", 0, 12);
}
