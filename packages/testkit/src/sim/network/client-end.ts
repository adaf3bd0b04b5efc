import type { Frame, Link } from "./link.js";

/** What a browser's WebSocket is to a client. */
export class ClientEnd {
  binaryType = "arraybuffer";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  opened(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.();
  }

  send(frame: Frame): void {
    if (this.readyState !== 1) return;
    this.#link.watchUp(frame);
    this.#link.up(frame.length, () => this.#link.server.received(frame));
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.#link.up(0, () => this.#link.server.closed(code));
    this.#link.clock.after(2_000, () => this.closed(1006), this.#link.clientMachine);
  }

  received(frame: Frame): void {
    if (this.readyState !== 1 || !this.onmessage) return;
    this.#link.watchGiven(frame);
    this.onmessage({ data: typeof frame === "string" ? frame : new Uint8Array(frame).buffer });
  }

  closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
}
