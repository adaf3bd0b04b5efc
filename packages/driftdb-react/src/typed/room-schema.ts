import type { StandardSchema } from "../schema/standard-schema.js";

/**
 * What a room holds, as types: for each key the type of its value, for a reducer those of its state and its actions.
 * Each part may be left out; then its hooks take no key.
 */
export type RoomSchema<Schema> = {
  [Part in keyof Schema]: Part extends "reducers"
    ? { [Key in keyof Schema[Part]]: { state: unknown; action: unknown } }
    : Part extends keyof RoomSchemas
      ? object
      : never;
};

/** What a room holds, as schemas of any library that speaks Standard Schema: zod, valibot, arktype, … */
export interface RoomSchemas {
  /** Of `useSharedState`. */
  readonly state?: Readonly<Record<string, StandardSchema>>;
  /** Of `useSharedReducer`. Without a `state`, its type is what the reducer says, and a compacted one is not checked. */
  readonly reducers?: Readonly<
    Record<string, { readonly action: StandardSchema; readonly state?: StandardSchema }>
  >;
  /** Of `usePresence`. */
  readonly presence?: Readonly<Record<string, StandardSchema>>;
  /** Of `useMessages` and `useSubscription`. */
  readonly messages?: Readonly<Record<string, StandardSchema>>;
}

/** Refuses a part that there is not, such as a misspelt one. */
export type OnlyParts<Schemas> = { [Part in Exclude<keyof Schemas, keyof RoomSchemas>]: never };

/** What schemas give: the types of what is seen. */
export type Outputs<Schemas> =
  Schemas extends StandardSchema<unknown, infer Output>
    ? Output
    : { [Key in keyof Schemas]: Outputs<Schemas[Key]> };

/** What schemas take: the types of what is set and sent. */
export type Inputs<Schemas> =
  Schemas extends StandardSchema<infer Input, unknown>
    ? Input
    : { [Key in keyof Schemas]: Inputs<Schemas[Key]> };

type PartOf<Schema, Part extends keyof RoomSchemas> = Part extends keyof Schema
  ? NonNullable<Schema[Part]>
  : Record<never, never>;

/** The keys of a part. */
export type KeyOf<Schema, Part extends keyof RoomSchemas> = keyof PartOf<Schema, Part> & string;

/** What a key of a part holds. There is no `undefined`: JSON has none. */
export type ValueOf<Schema, Part extends keyof RoomSchemas, Key> = Key extends keyof PartOf<Schema, Part>
  ? Exclude<PartOf<Schema, Part>[Key], undefined>
  : never;

/** A reducer's actions. */
export type ActionOf<Schema, Key> =
  ValueOf<Schema, "reducers", Key> extends { action: infer Action } ? Exclude<Action, undefined> : never;

/** A reducer's state: `Inferred` where the schema has none. */
export type StateOf<Schema, Key, Inferred> =
  ValueOf<Schema, "reducers", Key> extends { state: infer State } ? State : Inferred;
