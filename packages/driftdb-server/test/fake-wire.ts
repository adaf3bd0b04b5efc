import { vi } from "vitest";
import type { Wire } from "../src/wire/frame-batch.js";

/** A TCP connection for frames. Its client reads when the test calls `take`. */
export class FakeWire implements Wire {
  /** The writes, one buffer for each call of the operating system. */
  readonly writes: Buffer[] = [];
  /** What each write answers: whether little is unsent. */
  hasRoom = true;
  readonly cork = vi.fn(() => {
    this.#corked = [];
  });
  readonly uncork = vi.fn(() => {
    if (this.#corked) this.writes.push(Buffer.concat(this.#corked));
    this.#corked = undefined;
  });
  readonly destroy = vi.fn() as unknown as Wire["destroy"];
  #corked: Buffer[] | undefined;
  #taken: (() => void)[] = [];

  readonly write = ((chunk: Buffer, sent?: () => void) => {
    if (this.#corked) this.#corked.push(chunk);
    else this.writes.push(chunk);
    if (sent) this.#taken.push(sent);
    return this.hasRoom;
  }) as Wire["write"];

  /** The client reads everything. */
  take(): void {
    for (const call of this.#taken.splice(0)) call();
  }

  /** The written messages, with their fragments joined. */
  get messages(): string[] {
    return messages(Buffer.concat(this.writes)).map((payload) => payload.toString());
  }
}

/**
 * The payloads of a server's frames (RFC 6455, 5.2), with their fragments joined.
 *
 * @throws {Error} if the last message is not complete.
 */
export function messages(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let fragments: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const short = bytes[at + 1] as number;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length = short < 126 ? short : Number(BigInt(`0x${bytes.toString("hex", at + 2, at + head)}`));
    if (bytes.length < at + head + length) throw new Error("the last frame is not whole");
    if (((first & 0x0f) === 0) !== fragments.length > 0) throw new Error("a fragment is out of place");
    fragments.push(bytes.subarray(at + head, at + head + length));
    if (first & 0x80) {
      found.push(Buffer.concat(fragments));
      fragments = [];
    }
    at += head + length;
  }
  if (fragments.length > 0) throw new Error("the last message is not whole");
  return found;
}
