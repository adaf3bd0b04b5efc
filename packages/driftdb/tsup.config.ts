import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  entry: { index: "src/index.ts", mesh: "src/webrtc/mesh.ts" },
  // Loaded on demand, with copies of the few lines that both have: else everybody would load those as a chunk of its own.
  external: ["./mesh.js"],
  splitting: false,
  // Constants in place, where Rollup would leave variables that no minifier may do away with.
  esbuildOptions: (options) => {
    options.minifySyntax = true;
  },
  dts: { ...(base.dts as object), entry: { index: "src/index.ts" } },
});
