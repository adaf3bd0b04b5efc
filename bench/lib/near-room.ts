// A session server of one room without a network, which shows the cost of the client alone. It answers on
// demand, so that its own time is not counted.
import type { WebSocketConstructor } from "driftdb";
import {
  type Hello,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
  SESSION_VERSION,
  type SequenceValue,
} from "driftdb-protocol";
import { turn } from "./turn.js";

/** The fields of a client's frames that the room reads. */
interface FrameUp {
  readonly type: string;
  readonly key: string;
  readonly value: unknown;
  readonly action?: { readonly type: string };
  readonly n?: number;
}

/** The callbacks that a `DbConnection` sets on its socket. */
interface ClientSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
}

const HELLO: Hello = {
  type: "hello",
  v: SESSION_VERSION,
  epoch: "e",
  seq: 0,
  you: "y",
  term: "t",
  resumed: false,
  acked: 0,
  acks: [],
  limits: { messageBytes: MAX_MESSAGE_BYTES, inFlight: MAX_IN_FLIGHT },
};

/** A room with one client, which connects through the class `WebSocket`. */
export class NearRoom {
  readonly WebSocket: WebSocketConstructor;
  #socket: ClientSocket | undefined;
  #asked: string[] = [];
  #seq: number;
  /** The newest retained seq of each key (S6). */
  readonly #newest = new Map<string, number>();

  /** @param retained the messages of each key that the room retains at the start. */
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

  /** Whether the client waits for an answer. */
  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  /**
   * Reads the messages of the client as one commit.
   *
   * @returns the answers: histories and echoes, then one frame of acks.
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

  /** Retains a message. @returns its frame for a session. */
  push(key: string, value: unknown, replace = false): string {
    const seq = ++this.#seq;
    const prev = this.#newest.get(key) ?? 0;
    this.#newest.set(key, seq);
    return JSON.stringify({ type: "push", key, value, seq, prev, ...(replace && { replace }) });
  }

  deliver(frames: readonly string[]): void {
    for (const data of frames) this.#socket?.onmessage?.({ data });
  }

  /** Answers until the client asks nothing more. */
  async settle(): Promise<void> {
    do {
      this.deliver(this.answers());
      await turn();
    } while (this.isAsked);
  }
}
