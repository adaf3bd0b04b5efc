import { readFile, writeFile } from "node:fs/promises";
import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  entry: ["src/index.ts"],
  plugins: [
    {
      name: "use client",
      // After the build: Rollup's tree shaking drops the directive. It also merges the imports of React.
      async buildEnd({ writtenFiles }) {
        for (const { name } of writtenFiles) {
          // On the first line, so that the lines of the source map stay right.
          if (/\bindex\.js$/.test(name))
            await writeFile(name, `"use client";${await readFile(name, "utf8")}`);
        }
      },
    },
  ],
});
