import type { Options } from "tsup";

/** What all packages share: ESM only, typed, no minification (applications minify). */
export const base: Options = {
  format: "esm",
  target: "es2022",
  clean: true,
  sourcemap: true,
  treeshake: true,
  // TypeScript 6 warns of an option that tsup 8 sets for its declaration bundler.
  dts: { compilerOptions: { ignoreDeprecations: "6.0", paths: {} } },
};
