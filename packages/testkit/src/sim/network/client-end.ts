import { CLOSE_LOST } from "driftdb-protocol";
import type { End, Frame, Line } from "./line.js";

/** Milliseconds after which a client that closes stops waiting for the server's close frame. */
const CLOSE_TIMEOUT = 2_000;

/** The client's end of a connection: as much of a browser's WebSocket as the client uses. */
export class ClientEnd implements End {
  binaryType = "arraybuffer";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  opened(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.();
  }

  send(frame: Frame): void {
    if (this.readyState !== 1) return;
    const { up, server, watchUp } = this.#line;
    watchUp(frame);
    up.send(frame.length, () => server.received(frame));
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    const { up, server } = this.#line;
    up.send(0, () => server.closed(code));
    up.clock.after(CLOSE_TIMEOUT, () => this.closed(CLOSE_LOST), up.sender);
  }

  received(frame: Frame): void {
    if (this.readyState !== 1 || !this.onmessage) return;
    this.#line.watchGiven(frame);
    this.onmessage({ data: typeof frame === "string" ? frame : new Uint8Array(frame).buffer });
  }

  closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
}
