import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { publicName } from "./public-name.js";

test("S1 a public name is the first 16 characters of the secret's SHA-256 in base64url", async () => {
  for (let i = 0; i < 200; i++) {
    const cid = randomBytes(16 + (i % 9)).toString("base64url");
    const digest = createHash("sha256").update(cid).digest("base64url");
    expect(await publicName(cid)).toBe(digest.slice(0, 16));
  }
});
