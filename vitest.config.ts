import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests run against the sources, so that no build stands between a change and its test. */
const alias = [
  { find: /^driftdb-protocol\/cbor$/, replacement: from("packages/driftdb-protocol/src/cbor.ts") },
  { find: /^driftdb-protocol$/, replacement: from("packages/driftdb-protocol/src/index.ts") },
  { find: /^driftdb$/, replacement: from("packages/driftdb/src/index.ts") },
  { find: /^driftdb-react$/, replacement: from("packages/driftdb-react/src/index.ts") },
  { find: /^driftdb-server$/, replacement: from("packages/driftdb-server/src/index.ts") },
  { find: /^driftdb-testkit$/, replacement: from("packages/testkit/src/index.ts") },
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          environment: "node",
          include: ["packages/*/{src,test}/**/*.test.ts"],
          exclude: ["packages/driftdb-react/**"],
          testTimeout: 40_000,
          expect: { poll: { timeout: 5_000 } },
        },
      },
      {
        resolve: { alias },
        test: {
          name: "jsdom",
          environment: "jsdom",
          include: ["packages/driftdb-react/{src,test}/**/*.test.{ts,tsx}"],
          testTimeout: 40_000,
          expect: { poll: { timeout: 5_000 } },
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
