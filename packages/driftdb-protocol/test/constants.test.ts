import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as closeCodes from "../src/close-codes.js";
import * as errorCodes from "../src/error-codes.js";
import * as limits from "../src/limits.js";

const text = readFileSync(new URL("../PROTOCOL.md", import.meta.url), "utf8");

/** The rows of the tables under a heading of PROTOCOL.md, as trimmed cells. */
function rows(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
}

describe("PROTOCOL.md names the constants", () => {
  it("every close code, and whether a client may dial again (S13)", () => {
    const { mayRetry, ...codes } = closeCodes;
    const documented = rows("Close codes").filter(([, code]) => /^\d+$/.test(code ?? ""));
    const constants = Object.entries<number>(codes).map(([name, code]) => ({ name, code }));
    expect(documented.map(([, code]) => Number(code)).sort()).toEqual(
      constants.map(({ code }) => code).sort(),
    );
    for (const [, code, name, , again = ""] of documented) {
      const expected = `CLOSE_${name?.toUpperCase().replaceAll(" ", "_")}`;
      expect(constants.find(({ code: one }) => one === Number(code))?.name).toBe(expected);
      if (again) expect(mayRetry(Number(code)), code).toBe(again.startsWith("yes"));
    }
  });

  it("every error code (P10)", () => {
    const section = text.split("\n## Errors\n")[1]?.split("\n## ")[0] ?? "";
    const documented = new Set([...section.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code]) => code));
    for (const [name, code] of Object.entries<string>(errorCodes)) {
      expect(documented, name).toContain(code);
      expect(name).toBe(`ERROR_${code.toUpperCase()}`);
    }
    const tabled = rows("Errors").flatMap(([, code]) => /^`(\w+)`$/.exec(code ?? "")?.[1] ?? []);
    expect(Object.values(errorCodes)).toEqual(expect.arrayContaining(tabled));
    expect(tabled.length).toBe(15);
  });

  it.each([
    ["a frame up, or the body of a POST", limits.MAX_MESSAGE_BYTES, "1 MiB"],
    ["a frame up", limits.MAX_FRAME_BYTES, "2 MiB"],
    ["a key", limits.MAX_KEY_BYTES, "1,024 bytes"],
    ["levels of a value", limits.MAX_DEPTH, "64"],
    ["messages of a session in flight (S4)", limits.MAX_IN_FLIGHT, "256"],
    ["unsent bytes of a connection (S12)", limits.MAX_UNSENT_BYTES, "1 MiB beyond an `init`"],
  ])("the limit of %s", (what, limit, documented) => {
    expect(rows("Limits").find(([, name]) => name === what)?.[2]).toBe(documented);
    const number = Number(documented.replaceAll(",", "").split(" ")[0]);
    expect(limit).toBe(documented.includes("MiB") ? number * 1_048_576 : number);
  });

  it("the grace periods (S9)", () => {
    const words = text.replace(/\s+/g, " ");
    expect(words).toContain(`${limits.RELOAD_GRACE_MS / 1_000} s after a close with 1001`);
    expect(words).toContain(`${limits.GRACE_MS / 1_000} s, the **grace period**`);
  });
});
