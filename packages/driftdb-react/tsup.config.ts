import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  entry: ["src/index.ts"],
  // Rollup's tree shaking, which `treeshake` turns on, would drop the directive.
  treeshake: false,
  banner: { js: '"use client";' },
});
