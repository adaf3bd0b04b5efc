// A room's session server without a network, for what a client costs by itself. It answers when it is told to, so that
// its own time is not counted.
import type { WebSocketConstructor } from "driftdb";
import type { Hello, SequenceValue } from "driftdb-protocol";
import { turn } from "./turn.js";

/** What it understands of the frames of a client. */
interface FrameUp {
  readonly type: string;
  readonly key: string;
  readonly value: unknown;
  readonly action?: { readonly type: string };
  readonly n?: number;
}

/** What a `DbConnection` sets of its socket. */
interface ClientSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
}

const HELLO: Hello = {
  type: "hello",
  v: 2,
  epoch: "e",
  seq: 0,
  you: "y",
  term: "t",
  resumed: false,
  acked: 0,
  acks: [],
  limits: { messageBytes: 1_048_576, inFlight: 256 },
};

/** A room with one client, which dials by `WebSocket`. */
export class NearRoom {
  readonly WebSocket: WebSocketConstructor;
  #socket: ClientSocket | undefined;
  #asked: string[] = [];
  #seq: number;
  /** The newest retained seq of each key (S6). */
  readonly #newest = new Map<string, number>();

  /** @param retained what the room has of keys when the client comes. */
  constructor(readonly retained: ReadonlyMap<string, readonly SequenceValue[]> = new Map()) {
    const seqs = [...retained].map(([key, data]) => [key, data.at(-1)?.seq ?? 0] as const);
    for (const [key, seq] of seqs) this.#newest.set(key, seq);
    this.#seq = Math.max(0, ...seqs.map(([, seq]) => seq));
    const room = this;
    this.WebSocket = class implements ClientSocket {
      onopen: (() => void) | null = null;
      onmessage: ((event: { data: string }) => void) | null = null;

      constructor() {
        room.#socket = this;
        void turn().then(() => {
          this.onopen?.();
          room.deliver([JSON.stringify({ ...HELLO, seq: room.#seq })]);
        });
      }

      send(data: string | Uint8Array): void {
        room.#asked.push(data as string);
      }

      close(): void {}
    };
  }

  /** Whether the client has sent something that was not answered. */
  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  /**
   * Takes what the client has sent.
   *
   * @returns the frames that answer it, as of one commit: histories and echoes, then one frame of acks.
   */
  answers(): string[] {
    const frames: string[] = [];
    const acks: [n: number, seq: number][] = [];
    for (const text of this.#asked.splice(0)) {
      const { type, key, value, action, n } = JSON.parse(text) as FrameUp;
      if (type === "get") {
        frames.push(
          JSON.stringify({ type: "init", key, data: this.retained.get(key) ?? [], head: this.#seq }),
        );
      } else if (type === "push" && action?.type !== "compact") {
        frames.push(this.push(key, value, action?.type === "replace"));
        if (n) acks.push([n, this.#seq]);
      }
    }
    if (acks.length > 0) frames.push(JSON.stringify({ type: "ack", acks }));
    return frames;
  }

  /** The frame of a message that is retained, as a session is sent it. */
  push(key: string, value: unknown, replace = false): string {
    const seq = ++this.#seq;
    const prev = this.#newest.get(key) ?? 0;
    this.#newest.set(key, seq);
    return JSON.stringify({ type: "push", key, value, seq, prev, ...(replace && { replace }) });
  }

  deliver(frames: readonly string[]): void {
    for (const data of frames) this.#socket?.onmessage?.({ data });
  }

  /** Answers all that is asked, until nothing is. */
  async settle(): Promise<void> {
    do {
      this.deliver(this.answers());
      await turn();
    } while (this.isAsked);
  }
}
