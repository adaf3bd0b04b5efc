import type { Key, MessageFromDb, MessageToDb, SequenceValue } from "driftdb-protocol";
import type { WebSocketConstructor } from "../src/socket.js";

/** One end of a WebSocket whose frames stay on the way until the test lets them through. */
export class ModelSocket {
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: () => void = () => {};
  state: "connecting" | "open" | "closed" = "connecting";
  /** All that the client sent. Of it, the room understands JSON. */
  readonly frames: unknown[] = [];
  /** Frames on their way to the room, and from it. */
  readonly up: string[] = [];
  readonly down: string[] = [];

  readonly room: ModelRoom;

  constructor(
    room: ModelRoom,
    readonly url: string,
  ) {
    this.room = room.others.get(url) ?? room;
    this.room.sockets.push(this);
  }

  send(data: unknown): void {
    if (this.state !== "open") throw new Error(`sent on a socket that is ${this.state}`);
    this.frames.push(data);
    if (typeof data === "string") this.up.push(data);
  }

  /** A network that is gone without a word: nothing comes through any more, either way. */
  stalled = false;

  /** The client closes it. What it sent before still gets to the room. */
  close(): void {
    this.state = "closed";
    while (this.up.length > 0) this.room.receive(this);
  }

  open(): void {
    this.state = "open";
    this.onopen?.();
  }

  /** The client is told that it is closed. */
  end(code = 1006): void {
    this.state = "closed";
    this.onclose?.({ code });
  }

  /** The network goes: what is on the way is lost, after the first `through` frames to the room. */
  cut(through = 0): void {
    for (let i = 0; i < through; i++) this.room.receive(this);
    this.up.length = this.down.length = 0;
    this.end();
  }
}

export interface Endpoint {
  readonly WebSocket: WebSocketConstructor;
  socket: ModelSocket | undefined;
}

/** A plain room (M1–M4, P2–P6) in twenty lines, with sockets that are moved by hand. */
export class ModelRoom {
  readonly sockets: ModelSocket[] = [];
  /** Rooms that endpoints of this one get to under other URLs. */
  readonly others = new Map<string, ModelRoom>();
  readonly streams = new Map<Key, SequenceValue[]>();
  readonly #snapshots = new Set<string>();
  seq = 0;
  /** All that was broadcast, in order. */
  readonly history: { key: Key; value: unknown; seq: number; action: string }[] = [];
  /** What the room was sent, by type. */
  readonly received: MessageToDb[] = [];
  /** Pushes of which this says so are answered with an error. */
  refuses: (message: MessageToDb) => boolean = () => false;

  /** A page's way to the room: what it makes sockets with, and the newest of these. */
  endpoint(): Endpoint {
    const room = this;
    const endpoint: Endpoint = {
      WebSocket: class extends ModelSocket {
        constructor(url: string) {
          super(room, url);
          endpoint.socket = this;
        }
      },
      socket: undefined,
    };
    return endpoint;
  }

  stream(key: Key): SequenceValue[] {
    return this.streams.get(key) ?? [];
  }

  /** The values that are retained for a key. */
  values(key: Key): unknown[] {
    return this.stream(key).map(({ value }) => value);
  }

  /** Lets the room read one frame. */
  receive(socket: ModelSocket): void {
    const text = socket.up.shift();
    if (text !== undefined && !socket.stalled) this.#handle(socket, JSON.parse(text) as MessageToDb);
  }

  /** Lets the client read one frame. */
  deliver(socket: ModelSocket): void {
    const data = socket.down.shift();
    if (data !== undefined && socket.state === "open" && !socket.stalled) socket.onmessage?.({ data });
  }

  /** Lets everything through, both ways, until nothing is on the way. */
  flow(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const socket of [...this.sockets]) {
        if (socket.state === "connecting") socket.open();
        if (socket.state === "closed") socket.down.length = 0;
        if (socket.up.length + socket.down.length === 0) continue;
        busy = true;
        this.receive(socket);
        this.deliver(socket);
      }
    }
  }

  /** Pushes as another client would. */
  push(key: Key, value: unknown, type: "append" | "replace" | "relay" = "append"): number {
    this.#apply({ type: "push", key, value, action: { type } });
    return this.seq;
  }

  compact(key: Key, seq: number, value: unknown): void {
    this.#apply({ type: "push", key, value, action: { type: "compact", seq } });
  }

  #handle(socket: ModelSocket, message: MessageToDb): void {
    this.received.push(message);
    const answer = (frame: MessageFromDb) => socket.down.push(JSON.stringify(frame));
    if (message.type === "ping") {
      answer({ type: "pong", ...(message.nonce !== undefined && { nonce: message.nonce }) });
    } else if (message.type === "get") {
      const { key, seq = 0 } = message;
      if (seq === null) return;
      answer({ type: "init", key, data: this.stream(key).filter((item) => item.seq > seq) });
    } else if (this.refuses(message)) {
      answer({ type: "error", message: "refused", code: "too_much" });
    } else {
      this.#apply(message);
      const { length } = this.stream(message.key);
      if (length > 1) answer({ type: "stream_size", key: message.key, size: length });
    }
  }

  #apply({ key, value, action }: Extract<MessageToDb, { type: "push" }>): void {
    const stream = this.stream(key);
    if (action.type === "compact") {
      const [first] = stream;
      const { seq } = action;
      const stale = !first || seq > this.seq || seq < first.seq;
      if (stale || (first.seq === seq && this.#snapshots.has(`${key} ${seq}`))) return;
      this.#snapshots.add(`${key} ${seq}`);
      this.streams.set(key, [{ value, seq }, ...stream.filter((item) => item.seq > seq)]);
      return;
    }
    const seq = ++this.seq;
    this.history.push({ key, value, seq, action: action.type });
    if (action.type === "append") this.streams.set(key, [...stream, { value, seq }]);
    if (action.type === "replace") this.streams.set(key, [{ value, seq }]);
    const frame = JSON.stringify({ type: "push", key, value, seq } satisfies MessageFromDb);
    for (const socket of this.sockets) {
      if (socket.state === "open") socket.down.push(frame);
    }
  }
}
