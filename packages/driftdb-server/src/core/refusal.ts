import type { ERROR_STORAGE_FAILED, RefusalCode } from "driftdb-protocol";

/** Why the room refused a message, and what to do. */
export interface Refusal {
  readonly code: RefusalCode | typeof ERROR_STORAGE_FAILED;
  readonly message: string;
}
