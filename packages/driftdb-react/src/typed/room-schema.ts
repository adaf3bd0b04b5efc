import type { StandardSchema } from "../schema/standard-schema.js";

/**
 * The shape of a room's types: the type of each key's value, and for a reducer the types of its state and its
 * actions. Each part may be left out; the hooks of that part then take no key.
 *
 * @example
 * ```ts
 * import { createRoomContext, type RoomSchema } from "driftdb-react";
 *
 * interface Room {
 *   state: { count: number };
 *   reducers: { board: { state: string[]; action: { cell: number } } };
 *   presence: { cursors: { x: number; y: number } };
 *   messages: { chat: string };
 * }
 *
 * function roomOf<Schema extends RoomSchema<Schema>>() {
 *   return createRoomContext<Schema>();
 * }
 *
 * export const { useSharedState, useSharedReducer } = roomOf<Room>();
 * ```
 */
export type RoomSchema<Schema> = {
  [Part in keyof Schema]: Part extends "reducers"
    ? { [Key in keyof Schema[Part]]: { state: unknown; action: unknown } }
    : Part extends keyof RoomSchemas
      ? object
      : never;
};

/**
 * The schemas of a room, of any library that implements Standard Schema: zod, valibot, arktype and others.
 */
export interface RoomSchemas {
  /** The schemas of `useSharedState`, by key. */
  readonly state?: Readonly<Record<string, StandardSchema>>;
  /**
   * The schemas of `useSharedReducer`, by key. Without a `state` schema, the reducer defines the state's
   * type, and a state that a stream was compacted to is not checked.
   */
  readonly reducers?: Readonly<
    Record<string, { readonly action: StandardSchema; readonly state?: StandardSchema }>
  >;
  /** The schemas of `usePresence` and `useWebRtcPresence`, by key. */
  readonly presence?: Readonly<Record<string, StandardSchema>>;
  /** The schemas of `useMessages` and `useSubscription`, by key. */
  readonly messages?: Readonly<Record<string, StandardSchema>>;
}

/** Refuses a part that rooms do not have, such as a misspelt one. */
export type OnlyParts<Schemas> = { [Part in Exclude<keyof Schemas, keyof RoomSchemas>]: never };

/** The output types of a room's schemas: the types of the values that components show. */
export type OutputsOf<Schemas> =
  Schemas extends StandardSchema<unknown, infer Output>
    ? Output
    : { [Key in keyof Schemas]: OutputsOf<Schemas[Key]> };

/** The input types of a room's schemas: the types of the values that components set, and that are sent. */
export type InputsOf<Schemas> =
  Schemas extends StandardSchema<infer Input, unknown>
    ? Input
    : { [Key in keyof Schemas]: InputsOf<Schemas[Key]> };

/** One part of a room's types; without keys if the room does not have it. */
export type PartOf<Schema, Part extends keyof RoomSchemas> = Part extends keyof Schema
  ? NonNullable<Schema[Part]>
  : Record<never, never>;

/** The keys of a part. */
export type KeyOf<Schema, Part extends keyof RoomSchemas> = keyof PartOf<Schema, Part> & string;

/** The type of a key's value. It is never `undefined`: JSON has no such value. */
export type ValueOf<Schema, Part extends keyof RoomSchemas, Key> = Key extends keyof PartOf<Schema, Part>
  ? Exclude<PartOf<Schema, Part>[Key], undefined>
  : never;

/** The type of a reducer's actions. */
export type ActionOf<Schema, Key> =
  ValueOf<Schema, "reducers", Key> extends { action: infer Action } ? Exclude<Action, undefined> : never;

/** The type of a reducer's state: `Inferred` if the room's types do not have it. */
export type StateOf<Schema, Key, Inferred> =
  ValueOf<Schema, "reducers", Key> extends { state: infer State } ? State : Inferred;
