import { DriftDBError } from "driftdb";

/**
 * What a schema of any library is to us: version 1 of Standard Schema (standardschema.dev), which zod, valibot and
 * arktype have, as far as it is used here.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    /** For the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Result<Output> = Success<Output> | { readonly issues: readonly Issue[] };

interface Success<Output> {
  readonly value: Output;
  readonly issues?: undefined;
}

interface Issue {
  readonly message: string;
  readonly path?: readonly PathPart[] | undefined;
}

type PathPart = PropertyKey | { readonly key: PropertyKey };

/**
 * A function that gives what a schema makes of a key's value, and throws a DriftDBError `invalid_value` that says what is
 * wrong with it.
 */
export function parser<T>(schema: StandardSchema<unknown, T> | undefined, key: string) {
  // Some keys, such as `constructor`, find something in an object without it.
  const standard = schema?.["~standard"];
  return (
    standard &&
    ((value: unknown): T => {
      const result = standard.validate(value);
      const invalid = (what: string) => new DriftDBError("invalid_value", `key "${key}": ${what}`);
      if (result instanceof Promise) throw invalid("async schema: use another");
      // Of many issues, the first one says enough.
      const [issue] = result.issues ?? [];
      if (!issue) return (result as Success<T>).value;
      const path = issue.path?.map((part) => (part as { key?: PropertyKey }).key ?? part) ?? [];
      throw invalid([...path, issue.message].join(": "));
    })
  );
}
