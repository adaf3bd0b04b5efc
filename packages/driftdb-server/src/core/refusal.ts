import type { ERROR_STORAGE_FAILED, RefusalCode } from "driftdb-protocol";

/** A message that was not taken. The text says why, and what to do. */
export interface Refusal {
  readonly code: RefusalCode | typeof ERROR_STORAGE_FAILED;
  readonly message: string;
}
