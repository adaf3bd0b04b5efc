import type { Codec, Key, MessageFromDb, MessageToDb, SequenceValue } from "driftdb-protocol";
import { attempt } from "./attempt.js";
import { checkFrame, encodeChecked } from "./check.js";
import { type ConnectionEffect, type ConnectionEvent, IDLE, transition } from "./connection-state.js";
import { Emitter } from "./emitter.js";
import { ConnectionRefusedError, DriftDBError } from "./errors.js";
import { type Entry, Outbox } from "./outbox.js";
import type { Frame, Socket, WebSocketConstructor } from "./socket.js";
import { type Listener, Subscriptions } from "./subscriptions.js";

/**
 * Whether there is a connection, and if not, why:
 *
 * - `idle`: `connect()` was not called yet.
 * - `connecting`: it was called, and has not succeeded yet.
 * - `reconnecting`: the connection was lost, and is being tried again.
 * - `disconnected`: `disconnect()` was called.
 * - `refused`: the server closed the connection for a reason that trying again does not mend (S13); `error` says which.
 */
export type ConnectionStatus =
  | { readonly connected: true; readonly reason?: never }
  | {
      readonly connected: false;
      readonly reason: "idle" | "connecting" | "reconnecting" | "disconnected" | "refused";
      readonly error?: DriftDBError;
    };

const WAKE_EVENTS = ["online", "offline", "pageshow", "visibilitychange"];

const noop = () => {};

/** Loaded when somebody asks for it. */
let cbor: Codec | undefined;

/**
 * A connection to a room, which opens again by itself when it is lost.
 *
 * Subscriptions last until they are undone, through reconnects and through `disconnect()` and a later `connect()`.
 * When that goes to another room, they are given its streams from the start, and what was still to be sent is
 * forgotten.
 */
export class DbConnection {
  /** Told of each change of `status`. */
  readonly statusListener = new Emitter<ConnectionStatus>();
  /** Given every frame of the room as it comes. */
  readonly messageListener = new Emitter<MessageFromDb>();
  /**
   * Given what goes wrong with nobody to throw it to: errors that the server answers, frames that are
   * not understood, what listeners throw. While nobody listens, it goes to `console.error`.
   */
  readonly errorListener = new Emitter<Error>();
  /** Whether there is a connection. The same object until it changes. */
  readonly status: ConnectionStatus = { connected: false, reason: "idle" };

  #WebSocket: WebSocketConstructor | undefined;
  #state = IDLE;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Null for JSON; undefined until it is known. */
  #codec: Codec | null | undefined;
  #room = "";
  #opened: Promise<void> | undefined;
  #resolve: (() => void) | undefined;
  #reject: ((error: DriftDBError) => void) | undefined;
  /** The newest seq known of the room. */
  #seq = 0;
  /** Who waits for pongs, in the order of the pings. Told false when the socket is lost. */
  #pings: ((answered: boolean) => void)[] = [];
  #confirming = false;
  #outbox = new Outbox();
  #subscriptions = new Subscriptions((error) => this.#report(error));

  /** @param options.websocketConstructor the WebSocket to use. Default: the global one. */
  constructor(options: { websocketConstructor?: WebSocketConstructor | undefined } = {}) {
    this.#WebSocket = options.websocketConstructor;
  }

  /**
   * Connects, and keeps connecting until `disconnect()`, with delays of up to 30 s between the attempts (S11).
   *
   * @param socketUrl the `socket_url` of a room.
   * @param useCbor whether to use CBOR, so that byte strings survive (P7). Default false.
   * @returns a promise of the first success, the same one while the URL is the same. It rejects when `disconnect()`
   * or a refusal (ConnectionRefusedError) comes first, and may be left alone.
   * @throws {DriftDBError} `no_websocket`, and {TypeError} when the URL is none.
   */
  connect(socketUrl: string, useCbor = false): Promise<void> {
    this.#WebSocket ??= globalThis.WebSocket;
    if (!this.#WebSocket) {
      throw new DriftDBError("no_websocket", "no WebSocket: pass websocketConstructor");
    }
    const url = new URL(socketUrl);
    if (useCbor) url.searchParams.set("cbor", "true");
    if (url.href !== this.#state.url) {
      if (this.#state.url) this.disconnect();
      const room = url.host + url.pathname;
      if (this.#room && this.#room !== room) {
        this.#seq = 0;
        this.#outbox.clear();
        this.#subscriptions.reset();
      }
      this.#room = room;
      this.#opened = new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
      this.#opened.catch(noop);
    }
    this.#step("connect", { url: url.href });
    return this.#opened as Promise<void>;
  }

  /** Closes the connection, until the next `connect()`. */
  disconnect(): void {
    this.#step("disconnect");
  }

  /**
   * Sends a message. While there is no connection, pushes and gets wait for one; relays and pings are dropped.
   *
   * The value is not copied: leave it unchanged.
   *
   * @throws {DriftDBError} when the message breaks a rule of the protocol. Nothing is sent then.
   */
  send(message: MessageToDb): void;
  /**
   * @param settled told when it is known what became of the message: by then its echo has come, or never will.
   * @returns what takes the message back, if it is still unsent.
   * @internal
   */
  send(message: MessageToDb, settled: () => void): () => void;
  send(message: MessageToDb, settled?: () => void): () => void {
    const frame = this.#encode(message);
    const entry = { message, frame, settled, after: 0 } as Entry;
    const { type } = message;
    if (type === "get" || (type === "push" && message.action.type !== "relay")) this.#outbox.add(entry);
    else if (this.#isOpen && !this.#outbox.held) this.#write(message, frame);
    this.#flush();
    return () => this.#outbox.cancel(entry);
  }

  /**
   * Gives a listener the retained messages of a key, then each new one: each at most once, in order, and
   * after a reconnect what was missed. A listener given twice is called twice.
   *
   * @param sizeListener told how many messages the key retains after an own push, if more than one (P6).
   * @param options.replay false for no history, only what comes once the server has heard of it. Default true.
   * @returns the undo.
   */
  subscribe(
    key: Key,
    listener: (message: SequenceValue) => void,
    sizeListener?: (size: number) => void,
    options?: { replay?: boolean },
  ): () => void;
  /** @internal */
  subscribe(key: Key, listener: Listener): () => void;
  subscribe(
    key: Key,
    listener: Listener | ((message: SequenceValue) => void),
    size?: (size: number) => void,
    options?: { replay?: boolean },
  ): () => void {
    const entry: Listener =
      typeof listener === "object"
        ? listener
        : {
            source: listener,
            size,
            replay: options?.replay !== false,
            at: 0,
            deliver: (messages) => {
              for (const { value, seq } of messages) {
                // It may have unsubscribed, or gone to another room, in the middle.
                if (entry.ready) attempt(() => listener({ value, seq }), this.#report);
              }
            },
          };
    if (this.#subscriptions.add(key, entry) && this.#isOpen) this.#write({ type: "get", key, seq: 0 });
    return () => this.#subscriptions.remove(key, (other) => other === entry);
  }

  /** Undoes one `subscribe` with these functions. */
  unsubscribe(
    key: Key,
    listener: (message: SequenceValue) => void,
    sizeListener?: (size: number) => void,
  ): void {
    this.#subscriptions.remove(
      key,
      ({ source, size }) => source === listener && (!sizeListener || size === sizeListener),
    );
  }

  /** How long the server takes to answer, in milliseconds; null without a connection, or if it is lost meanwhile. */
  testLatency(): Promise<number | null> {
    const start = performance.now();
    return new Promise((resolve) => {
      this.#ping((answered) => resolve(answered ? performance.now() - start : null));
    });
  }

  /** Checks a message, and encodes it if it is known how. */
  #encode(message: MessageToDb): Frame | undefined {
    const codec = this.#codec;
    const text = encodeChecked(message, codec);
    if (codec === undefined) return;
    const frame = codec ? codec.encode(message) : text;
    checkFrame(frame);
    return frame;
  }

  #flush(): void {
    while (this.#isOpen) {
      const entry = this.#outbox.next(this.#seq);
      if (!entry) break;
      attempt(() => this.#write(entry.message, entry.frame), this.#report);
    }
    this.#confirm();
  }

  /** Pings as long as something is unconfirmed or in doubt: one ping at a time, for all that was sent before it. */
  #confirm(): void {
    const { sent, held } = this.#outbox;
    if (this.#confirming || !sent) return;
    this.#confirming = true;
    this.#ping((answered) => {
      this.#confirming = false;
      if (!answered) return;
      if (held) this.#outbox.resolve();
      else this.#outbox.confirm(sent);
      this.#flush();
    });
  }

  #ping(done: (answered: boolean) => void): void {
    if (this.#isOpen) this.#write({ type: "ping" }, undefined, done);
    else done(false);
  }

  #write(message: MessageToDb, frame?: Frame, done: (answered: boolean) => void = noop): void {
    const { type } = message;
    if (type === "get" && message.seq !== null) this.#subscriptions.asked(message.key, message.seq ?? 0);
    if (type === "ping" && this.#pings.push(done) === 1) this.#step("alive");
    this.#socket?.send(frame ?? (this.#encode(message) as Frame));
  }

  get #isOpen(): boolean {
    return this.#state.phase === "open";
  }

  #step(event: ConnectionEvent, detail?: { url?: string; code?: number }): void {
    const [next, ...effects] = transition(this.#state, event, {
      now: performance.now(),
      random: Math.random(),
      pinging: this.#pings.length > 0,
      ...detail,
    });
    this.#state = next;
    for (const effect of effects) this.#run(effect);

    // An effect may have been another step.
    const { phase, url, opened } = this.#state;
    const reason =
      phase === "open" ? undefined : opened ? "reconnecting" : phase === "waiting" ? "connecting" : phase;
    if (reason === this.status.reason) return;
    const refused = phase === "refused";
    const Kind = refused ? ConnectionRefusedError : DriftDBError;
    const error = new Kind(`connection_${phase}`, `the connection was ${phase}`, detail?.code);
    (this as { status: ConnectionStatus }).status = reason
      ? { connected: false, reason, ...(refused && { error }) }
      : { connected: true };
    if (!reason) this.#resolve?.();
    if (!url) this.#reject?.(error);
    for (const name of WAKE_EVENTS)
      globalThis[url ? "addEventListener" : "removeEventListener"]?.(name, this.#wake);
    this.statusListener.dispatch(this.status);
  }

  #run(effect: ConnectionEffect): void {
    if (effect === "ping") this.#ping(noop);
    else if (effect === "resync") this.#resync();
    else {
      clearTimeout(this.#timer);
      if (effect === "drop") this.#drop();
      else if (effect === "dial") this.#dial();
      else this.#timer = setTimeout(() => this.#step("due"), effect);
    }
  }

  #drop(): void {
    const socket = this.#socket;
    if (socket) {
      this.#socket = undefined;
      // onerror stays: the package ws reports it as an error when a socket is closed that is not open yet.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      this.#outbox.cut();
      for (const done of this.#pings.splice(0)) done(false);
    }
  }

  #dial(): void {
    const { url, phase } = this.#state;
    if (phase !== "connecting" || this.#socket) return;
    this.#codec = url.includes("cbor=true") ? cbor : null;
    if (this.#codec === undefined) {
      import("driftdb-protocol/cbor")
        .then((module) => {
          cbor = module.cbor;
          this.#dial();
        })
        .catch((error) => {
          this.#report(error);
          this.#step("lost");
        });
      return;
    }
    attempt(
      () => {
        const socket = new (this.#WebSocket as WebSocketConstructor)(url) as Socket;
        this.#socket = socket;
        socket.binaryType = "arraybuffer";
        socket.onopen = () => this.#step("opened");
        socket.onclose = ({ code }) => this.#step("lost", { code });
        socket.onerror = noop;
        socket.onmessage = ({ data }) => {
          attempt(() => this.#receive(socket, data), this.#report);
          this.#step("alive");
        };
      },
      (error) => {
        // A URL that this page may not open: the next attempt would end like this one.
        this.#report(error);
        this.#step("lost", { code: 1008 });
      },
    );
  }

  /** All that a new socket has to be told: which keys are listened to, and what is unsent. */
  #resync(): void {
    for (const [key, seq] of this.#subscriptions.resume(this.#outbox.doubts())) {
      this.#write({ type: "get", key, seq });
    }
    this.#flush();
  }

  #receive(socket: Socket, data: string | ArrayBuffer): void {
    const message = (
      typeof data === "string" ? JSON.parse(data) : cbor?.decode(new Uint8Array(data))
    ) as MessageFromDb;
    this.messageListener.dispatch(message);
    // A listener may have closed the connection, or gone to another room.
    if (socket !== this.#socket) return;
    const { type } = message;
    if (type === "init" || type === "push") {
      const { key } = message;
      const messages = type === "init" ? message.data : [message];
      this.#seq = Math.max(this.#seq, messages.at(-1)?.seq ?? 0);
      this.#subscriptions.take(key, messages, type === "init");
      for (const item of messages) this.#outbox.see(key, item);
    } else if (type === "pong") this.#pings.shift()?.(true);
    else if (type === "stream_size") {
      this.#subscriptions.each(message.key, (listener) => listener.size?.(message.size));
    } else throw new DriftDBError(message.code ?? "server", message.message ?? "unknown frame");
  }

  #wake = (): void => {
    if (!globalThis.document?.hidden) this.#step("wake");
  };

  #report = (error: unknown): void => {
    if (!this.errorListener.dispatch(error as Error)) console.error(error);
  };
}
