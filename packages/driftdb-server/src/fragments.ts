import { inBackground } from "./background.js";
import type { Wire } from "./batch.js";
import { CONTINUATION, type Opcode, wireFrame } from "./wire-frame.js";

/** How many fragments may wait for the operating system to take them: a client that reads slowly is written for slowly. */
const MOST_UNSENT = 4;

/**
 * Sends a long message in fragments (RFC 6455, 5.4), and makes each only when it can be sent: nobody else waits for it,
 * and never is all of it in memory.
 *
 * @param parts at least one.
 * @param isOpen whether there is somebody to send to still.
 * @param written called once the last one was written, or will never be: something else may be sent from then on.
 * @param sent called once the operating system has all of them, or never will.
 */
export function sendInFragments(
  wire: Wire,
  first: Opcode,
  parts: Iterator<string | Uint8Array, void>,
  isOpen: () => boolean,
  written: () => void,
  sent?: () => void,
): void {
  let opcode = first;
  let part = parts.next();
  let unsent = 0;
  let waits = false;

  function step(): boolean {
    if (isOpen() && !part.done) {
      const next = parts.next();
      unsent++;
      wire.write(wireFrame(opcode, part.value, next.done), taken);
      opcode = CONTINUATION;
      part = next;
    } else {
      part = { done: true, value: undefined };
    }
    if (part.done) {
      written();
      if (unsent === 0) sent?.();
      return false;
    }
    waits = unsent === MOST_UNSENT;
    return !waits;
  }

  function taken(): void {
    unsent--;
    if (part.done) {
      if (unsent === 0) sent?.();
    } else if (waits) {
      waits = false;
      inBackground(step);
    }
  }

  inBackground(step);
}
