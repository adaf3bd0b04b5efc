import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

/** Loaded on demand, with copies of the few lines that it shares: else all applications would load those as a chunk. */
const lazy = "webrtc-mesh";

export default defineConfig([
  { ...base, entry: ["src/index.ts"], external: [`./${lazy}.js`] },
  { ...base, entry: [`src/${lazy}.ts`], clean: false, dts: false },
]);
