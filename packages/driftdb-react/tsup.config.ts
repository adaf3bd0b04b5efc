import { readFile, writeFile } from "node:fs/promises";
import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  entry: ["src/index.ts"],
  plugins: [
    {
      name: "use client",
      // Afterwards, since Rollup's tree shaking, which leaves one import of React in place of one a file, drops it.
      async buildEnd({ writtenFiles }) {
        for (const { name } of writtenFiles) {
          // On the first line, so that the source map's lines stay right.
          if (/\bindex\.js$/.test(name))
            await writeFile(name, `"use client";${await readFile(name, "utf8")}`);
        }
      },
    },
  ],
});
