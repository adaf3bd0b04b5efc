import { expect, test } from "vitest";
import { COLUMNS, longComments } from "./comments.mjs";

test("longComments finds comment lines of more than 110 columns, and neither code nor single words", () => {
  const words = "word ".repeat(COLUMNS / 5);
  const source = [
    `// ${words}`,
    `  /** ${words} */`,
    `   * ${words}`,
    `const code = "${words}"; // after code`,
    `// https://example.com/${"x".repeat(COLUMNS)}`,
    ` * @see https://example.com/${"x".repeat(COLUMNS)}`,
    `// ${"x".repeat(COLUMNS - 3)}`,
    "// short",
  ];
  expect(longComments(source.join("\n"))).toEqual([1, 2, 3]);
});
