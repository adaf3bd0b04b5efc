import { fileURLToPath } from "node:url";
import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  entry: { index: "src/index.ts", mesh: "src/webrtc/mesh.ts" },
  // Loaded on demand, with copies of the few lines that both have: else everybody would load those as a chunk
  // of its own.
  external: ["./mesh.js"],
  // The constants of driftdb-protocol, from its source: its built file has variables, which no minifier may
  // do away with. All that is imported of it at run time is the CBOR codec, on demand.
  noExternal: [/^driftdb-protocol$/],
  splitting: false,
  esbuildOptions: (options) => {
    options.alias = {
      "driftdb-protocol": fileURLToPath(new URL("../driftdb-protocol/src/index.ts", import.meta.url)),
    };
    // Numbers in place of the names of constants, where Rollup would leave variables.
    options.minifySyntax = true;
  },
  dts: { ...(base.dts as object), entry: { index: "src/index.ts" } },
});
