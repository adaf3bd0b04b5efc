import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";
import { alias } from "../../vitest.config.js";

export default defineConfig({
  // `configFile: false`: everything is said here.
  plugins: [svelte({ configFile: false }), vue(), solid({ hot: false })],
  resolve: {
    // Else Svelte and Solid are those of server rendering. The server runs here, too, and needs the sockets
    // of Node.
    conditions: ["browser"],
    alias: [
      ...alias,
      { find: /^ws$/, replacement: fileURLToPath(new URL("node_modules/ws/wrapper.mjs", import.meta.url)) },
    ],
  },
  test: {
    name: "frameworks",
    environment: "jsdom",
    include: ["*.test.ts"],
    server: { deps: { inline: [/svelte/, /solid-js/] } },
    testTimeout: 40_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
