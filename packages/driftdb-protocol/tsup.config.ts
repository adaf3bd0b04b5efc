import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

// The CBOR codec shares nothing with the rest but the class of its errors: what it shared would be in a chunk
// that those who never load it had to load too. The two builds run at once, so that one of them cleans up and
// leaves the other's file alone.
export default defineConfig([
  {
    ...base,
    entry: ["src/index.ts", "src/errors.ts"],
    dts: { ...(base.dts as object), entry: ["src/index.ts", "src/cbor/codec.ts"] },
    clean: ["!cbor/codec.js*"],
  },
  {
    ...base,
    entry: { "cbor/codec": "src/cbor/codec.ts" },
    external: ["../errors.js"],
    dts: false,
    clean: false,
  },
]);
