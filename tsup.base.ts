import type { Options } from "tsup";

/** What all packages share: ESM only, typed, no minification (applications minify). */
export const base: Options = {
  format: "esm",
  target: "es2022",
  clean: true,
  sourcemap: true,
  treeshake: true,
  // Without the `paths` of the root's tsconfig: a package imports its siblings, it does not swallow them.
  tsconfig: "../../tsconfig.build.json",
  // TypeScript 6 warns of an option that tsup 8 sets for its declaration bundler. What is marked @internal is
  // for this repository only.
  dts: { compilerOptions: { ignoreDeprecations: "6.0", stripInternal: true } },
};
