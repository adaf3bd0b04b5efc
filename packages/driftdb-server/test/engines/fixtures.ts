import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../test-server.js";

const DIRECTORY = fileURLToPath(new URL("../fixtures", import.meta.url));

/** The last state of a directory's server. `fresh` was killed before its first checkpoint. */
export const STATES = ["stopped", "killed", "fresh"] as const;
export type FixtureState = (typeof STATES)[number];

interface Message {
  readonly seq: number;
  readonly snapshot: boolean;
  readonly value: unknown;
}

/** A room's content, as a server of the version reported it. A byte string is an array of numbers. */
export interface RoomContent {
  readonly head: number;
  readonly streams: Readonly<Record<string, readonly Message[]>>;
  readonly sessions?: Readonly<Record<string, { readonly acked: number; readonly seqs: readonly number[] }>>;
  readonly epoch?: string;
}

/** The versions that have data directories here. scripts/store-fixture.mjs makes them. */
export const VERSIONS = readdirSync(DIRECTORY)
  .filter((name) => existsSync(join(DIRECTORY, name, "expected.json")))
  .map((name) => Number(name.slice(1)))
  .sort((a, b) => a - b);

/** Copies a data directory for the running test. */
export function fixture(version: number, state: FixtureState): string {
  const directory = temporaryDirectory();
  cpSync(join(DIRECTORY, `v${version}`, state), directory, { recursive: true });
  return directory;
}

/** The expected rooms of a data directory, by name. */
export function expectedIn(version: number, state: FixtureState): Readonly<Record<string, RoomContent>> {
  const json = readFileSync(join(DIRECTORY, `v${version}`, "expected.json"), "utf8");
  return (JSON.parse(json) as Record<FixtureState, Record<string, RoomContent>>)[state];
}
