import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../test-server.js";

const DIRECTORY = fileURLToPath(new URL("../fixtures", import.meta.url));

/** How a server left a data directory: `fresh` is killed before its first checkpoint. */
export const STATES = ["stopped", "killed", "fresh"] as const;
export type FixtureState = (typeof STATES)[number];

interface Message {
  readonly seq: number;
  readonly snapshot: boolean;
  readonly value: unknown;
}

/** What a server of that version said that a room keeps. The bytes of a byte string are numbers. */
export interface RoomContent {
  readonly head: number;
  readonly streams: Readonly<Record<string, readonly Message[]>>;
  readonly sessions?: Readonly<Record<string, { readonly acked: number; readonly seqs: readonly number[] }>>;
  readonly epoch?: string;
}

/** The versions of which there are data directories, made by scripts/store-fixture.mjs. */
export const VERSIONS = readdirSync(DIRECTORY)
  .filter((name) => existsSync(join(DIRECTORY, name, "expected.json")))
  .map((name) => Number(name.slice(1)))
  .sort((a, b) => a - b);

/** A copy of a data directory, gone after the test. */
export function fixture(version: number, state: FixtureState): string {
  const directory = temporaryDirectory();
  cpSync(join(DIRECTORY, `v${version}`, state), directory, { recursive: true });
  return directory;
}

/** The rooms of a data directory, by name. */
export function expectedIn(version: number, state: FixtureState): Readonly<Record<string, RoomContent>> {
  const json = readFileSync(join(DIRECTORY, `v${version}`, "expected.json"), "utf8");
  return (JSON.parse(json) as Record<FixtureState, Record<string, RoomContent>>)[state];
}
