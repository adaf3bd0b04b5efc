import { createHash } from "node:crypto";

const names = new Map<string, string>();

/**
 * The public name of a session, as the server makes it, without waiting for it: simulated time stands still.
 */
export function sessionName(cid: string): string {
  let name = names.get(cid);
  if (name === undefined) {
    name = createHash("sha256").update(cid).digest().toString("base64url", 0, 12);
    names.set(cid, name);
  }
  return name;
}
