import {
  type Ack,
  CLOSE_LOST,
  CLOSE_OUT_OF_STEP,
  type Key,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
  SESSION_VERSION,
  type SequenceValue,
  type SessionMessageFromDb,
  type SessionMessageToDb,
} from "driftdb-protocol";
import type { WebSocketConstructor } from "../src/wire/web-socket.js";

type Push = Extract<SessionMessageToDb, { type: "push" }>;

/** One end of a WebSocket whose frames stay on the way until the test lets them through. */
export class ModelSocket {
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: () => void = () => {};
  state: "connecting" | "open" | "closed" = "connecting";
  /** Frames on their way to the room, and from it. */
  readonly up: string[] = [];
  readonly down: string[] = [];
  /** All that the client sent. Of it, the room understands JSON. */
  readonly frames: unknown[] = [];
  /** The keys whose broadcasts it is in (S2). */
  readonly keys = new Set<Key>();
  readonly cid: string;
  readonly room: ModelRoom;
  /** A network that is gone without a word: nothing comes through any more, either way. */
  stalled = false;

  constructor(
    room: ModelRoom,
    readonly url: string,
  ) {
    const { searchParams, origin, pathname } = new URL(url);
    this.cid = searchParams.get("cid") ?? "";
    this.room = room.others.get(origin + pathname) ?? room;
    this.room.sockets.push(this);
  }

  send(data: unknown): void {
    if (this.state !== "open") throw new Error(`sent on a socket that is ${this.state}`);
    this.frames.push(data);
    if (typeof data === "string") this.up.push(data);
  }

  /** The client closes it. What it sent before still gets to the room. */
  close(): void {
    if (this.state === "open") while (this.up.length > 0) this.room.receive(this);
    this.state = "closed";
  }

  /** It opens, and the room's hello comes. */
  open(): void {
    this.state = "open";
    this.room.greet(this);
    this.onopen?.();
    this.room.deliver(this);
  }

  /** The room closes the client's socket. */
  end(code = CLOSE_LOST): void {
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

/** A session room (M1–M4, S1–S8, S10) with sockets that are moved by hand. */
export class ModelRoom {
  readonly sockets: ModelSocket[] = [];
  readonly streams = new Map<Key, SequenceValue[]>();
  readonly sessions = new Map<string, Ack[]>();
  /** Rooms that endpoints of this one get to under other URLs. */
  readonly others = new Map<string, ModelRoom>();
  /** How many messages it lets a client have in flight. */
  inFlight = MAX_IN_FLIGHT;
  seq = 0;
  epoch = "e1";
  term = "term";
  /** All that was broadcast, in order. */
  readonly history: { key: Key; value: unknown; seq: number; action: string }[] = [];
  /** What the room was sent. */
  readonly received: SessionMessageToDb[] = [];
  /** How many compactions it applied. */
  compactions = 0;
  /** Pushes of which this says so are refused. */
  refuses: (message: Push) => boolean = () => false;

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

  greet(socket: ModelSocket): void {
    const acks = this.sessions.get(socket.cid) ?? [];
    for (const other of this.sockets) {
      if (other !== socket && other.cid === socket.cid) other.state = "closed";
    }
    this.#answer(socket, {
      type: "hello",
      v: SESSION_VERSION,
      epoch: this.epoch,
      seq: this.seq,
      you: "you",
      term: this.term,
      resumed: acks.length > 0,
      acked: acks.length,
      acks: acks.slice(-MAX_IN_FLIGHT),
      limits: { messageBytes: MAX_MESSAGE_BYTES, inFlight: this.inFlight },
    });
  }

  /** Lets the room read one frame. */
  receive(socket: ModelSocket): void {
    const text = socket.up.shift();
    if (text !== undefined && !socket.stalled) this.#handle(socket, JSON.parse(text) as SessionMessageToDb);
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
        if (socket.state === "closed") socket.down.length = socket.up.length = 0;
        if (socket.up.length + socket.down.length === 0) continue;
        busy = true;
        this.receive(socket);
        this.deliver(socket);
      }
    }
  }

  /** Pushes as another client would. @returns its seq. */
  push(key: Key, value: unknown, type: "append" | "replace" | "relay" = "append"): number {
    this.#apply({ type: "push", key, value, action: { type } });
    return this.seq;
  }

  compact(key: Key, seq: number, value: unknown): void {
    this.#apply({ type: "push", key, value, action: { type: "compact", seq } });
  }

  /** The server forgets everything, and begins another life. */
  lose(): void {
    this.streams.clear();
    this.sessions.clear();
    this.seq = 0;
    this.epoch += "'";
  }

  #answer(socket: ModelSocket, frame: SessionMessageFromDb): void {
    socket.down.push(JSON.stringify(frame));
  }

  #handle(socket: ModelSocket, message: SessionMessageToDb): void {
    this.received.push(message);
    if (message.type === "ping") this.#answer(socket, { type: "pong" });
    else if (message.type === "unsubscribe") socket.keys.delete(message.key);
    else if (message.type === "get") {
      const { key, seq = 0, epoch = this.epoch } = message;
      if (seq === null) return;
      socket.keys.add(key);
      const stream = this.stream(key);
      const [first] = stream;
      const reset = seq > 0 && (epoch !== this.epoch || !first || first.seq > seq);
      const data = stream.filter((item) => reset || item.seq > seq);
      this.#answer(socket, { type: "init", key, data, head: this.seq, ...(reset && { reset }) });
    } else if (message.type === "push") this.#push(socket, message);
  }

  #push(socket: ModelSocket, message: Push): void {
    const { n, key, action } = message;
    const acks = this.sessions.get(socket.cid) ?? [];
    const again = n && acks[n - 1];
    if (n === undefined) this.#apply(message);
    else if (n > acks.length + 1) socket.end(CLOSE_OUT_OF_STEP);
    else if (again) this.#answer(socket, { type: "ack", acks: [again] });
    else if (this.refuses(message)) {
      this.sessions.set(socket.cid, [...acks, [n, 0]]);
      this.#answer(socket, { type: "error", code: "too_much", message: "refused", n });
    } else {
      this.#apply(message);
      const ack: Ack = [n, action.type === "compact" ? action.seq : this.seq];
      this.sessions.set(socket.cid, [...acks, ack]);
      const size = this.stream(key).length;
      if (size > 1) this.#answer(socket, { type: "stream_size", key, size });
      this.#answer(socket, { type: "ack", acks: [ack] });
    }
  }

  #apply({ key, value, action }: Push): void {
    const stream = this.stream(key);
    const prev = stream.at(-1)?.seq ?? 0;
    if (action.type === "compact") {
      const { seq, last } = action;
      const first = stream[0]?.seq ?? Number.POSITIVE_INFINITY;
      const folded = stream.findLast((item) => item.seq <= seq)?.seq;
      const again = this.#snapshots.has(`${this.epoch} ${key} ${seq}`) && first === seq;
      if (seq > this.seq || seq < first || again || (last !== undefined && last !== folded)) return;
      this.#snapshots.add(`${this.epoch} ${key} ${seq}`);
      this.compactions++;
      this.streams.set(key, [{ value, seq }, ...stream.filter((item) => item.seq > seq)]);
      return;
    }
    const seq = ++this.seq;
    this.history.push({ key, value, seq, action: action.type });
    if (action.type === "append") this.streams.set(key, [...stream, { value, seq }]);
    if (action.type === "replace") this.streams.set(key, [{ value, seq }]);
    for (const socket of this.sockets) {
      if (socket.state !== "open" || !socket.keys.has(key)) continue;
      this.#answer(socket, {
        type: "push",
        key,
        value,
        seq,
        ...(action.type !== "relay" && { prev }),
        ...(action.type === "replace" && { replace: true }),
      });
    }
  }

  readonly #snapshots = new Set<string>();
}
