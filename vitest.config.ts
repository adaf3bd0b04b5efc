import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests run against the sources, so that no build stands between a change and its test. */
export const alias = [
  { find: /^driftdb-protocol\/cbor$/, replacement: from("packages/driftdb-protocol/src/cbor/codec.ts") },
  { find: /^driftdb-protocol$/, replacement: from("packages/driftdb-protocol/src/index.ts") },
  { find: /^driftdb$/, replacement: from("packages/driftdb/src/index.ts") },
  { find: /^driftdb-react$/, replacement: from("packages/driftdb-react/src/index.ts") },
  { find: /^driftdb-server\/core$/, replacement: from("packages/driftdb-server/src/portable.ts") },
  { find: /^driftdb-server\/internal$/, replacement: from("packages/driftdb-server/src/internal.ts") },
  { find: /^driftdb-server$/, replacement: from("packages/driftdb-server/src/index.ts") },
  { find: /^driftdb-testkit$/, replacement: from("packages/testkit/src/index.ts") },
];

/** React 18, and a testing library that uses it: those of the package that depends on them. */
const react18 = {
  find: /^(react|react-dom|@testing-library\/react)(?=$|\/)/,
  replacement: from("packages/react-18-compat/node_modules/$1"),
};

/** driftdb-react's tests, which are the same for every React. */
const jsdom = {
  environment: "jsdom",
  include: ["packages/driftdb-react/{src,test}/**/*.test.{ts,tsx}"],
  testTimeout: 40_000,
  expect: { poll: { timeout: 5_000 } },
};

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          environment: "node",
          include: [
            "packages/*/{src,test}/**/*.test.ts",
            "demos/src/**/*.test.ts",
            "bench/{lib,dialects,cursors}/**/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
          exclude: ["packages/driftdb-react/**"],
          testTimeout: 40_000,
          expect: { poll: { timeout: 5_000 } },
        },
      },
      {
        resolve: { alias },
        test: { ...jsdom, name: "jsdom", provide: { react: "19.3.1" } },
      },
      {
        resolve: { alias: [...alias, react18] },
        test: { ...jsdom, name: "jsdom-18", provide: { react: "18.3.1" } },
      },
      "docs/frameworks/vitest.config.ts",
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
