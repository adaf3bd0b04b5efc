import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig({
  ...base,
  platform: "node",
  entry: { index: "src/index.ts", cli: "src/cli/main.ts", core: "src/portable.ts" },
});
