import { DriftDBError } from "driftdb";

/**
 * A schema of any library that implements version 1 of Standard Schema (standardschema.dev): zod, valibot,
 * arktype and others. This type has the part of the specification that DriftDB uses.
 *
 * @example A schema without a library
 * ```ts
 * import { createRoomContext, type StandardSchema } from "driftdb-react";
 *
 * const count: StandardSchema<number> = {
 *   "~standard": {
 *     version: 1,
 *     validate: (value) =>
 *       typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
 *   },
 * };
 *
 * export const { useSharedState } = createRoomContext({ state: { count } });
 * ```
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties that Standard Schema defines. */
  readonly "~standard": {
    /** The version of Standard Schema. */
    readonly version: 1;
    /** Checks a value. A promise as the result is refused: the schema must be synchronous. */
    readonly validate: (
      value: unknown,
    ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
    /** The types, for the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The result of a schema's check: a value, or the issues that it has. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** One problem of a value, and where in the value it is. */
export interface StandardSchemaIssue {
  /** The problem, in the words of the schema's library. */
  readonly message: string;
  /** The path to the part of the value that has the problem. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Returns a function that checks a key's value and returns the schema's output; undefined without a schema.
 *
 * @throws {DriftDBError} `invalid_value`, from the function, with the key, the path and the schema's message.
 */
export function parser<T>(schema: StandardSchema<unknown, T> | undefined, key: string) {
  // The schema of a key that has none, such as `constructor`, may be a property that all objects inherit.
  const standard = schema?.["~standard"];
  return (
    standard &&
    ((value: unknown): T => {
      const result = standard.validate(value);
      const invalid = (problem: string) => new DriftDBError("invalid_value", `key "${key}": ${problem}`);
      if (result instanceof Promise) throw invalid("async schema: use a synchronous one");
      // The first issue is enough for an error message.
      const [issue] = result.issues ?? [];
      if (!issue) return (result as { readonly value: T }).value;
      const path = issue.path?.map((part) => (part as { key?: PropertyKey }).key ?? part) ?? [];
      throw invalid([...path, issue.message].join(": "));
    })
  );
}
