import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  entry: ["src/index.ts", "src/webrtc.ts"],
  // A file of its own, also for the index: who loads it on demand does not have it in what is loaded first.
  external: [/^\.\/webrtc\.js$/],
});
