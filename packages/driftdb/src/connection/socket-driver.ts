import {
  CLOSE_NORMAL,
  CLOSE_OUT_OF_STEP,
  CLOSE_POLICY,
  type Codec,
  type Hello,
  type PingMessage,
  SESSION_VERSION,
  type SessionMessageFromDb,
  type SessionMessageToDb,
} from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { Frame, Socket, WebSocketConstructor } from "../wire/web-socket.js";
import { type Circumstances, type ConnectionEvent, IDLE, transition } from "./connection-state.js";
import { watchPageEvents } from "./page-events.js";

/** Callbacks from a `SocketDriver` to its owner. */
export interface SocketOwner {
  /** The URL to connect to, for a room's address. */
  address(url: URL): URL;
  /** Whether a room that says so in its hello has this session as it was left. */
  readonly outbox: { matches(hello: Hello): boolean };
  /** The session is open on a new socket: sends what the server has to know (S5). */
  resync(hello: Hello): void;
  receive(message: SessionMessageFromDb): void;
  /** The socket was lost. @param code of its close. */
  cut(code?: number): void;
  /** The state may have changed. @param code of the close that changed it, and its reason. */
  changed(code?: number, reason?: string): void;
  report(error: unknown): void;
}

/** The CBOR codec, once a connection has asked for it. */
let cbor: Codec | undefined;

/** Called with whether a ping was answered. */
type Answered = (answered: boolean) => void;

/** The WebSocket, timers and clock of a connection, moved by the rules of connection-state.ts. */
export class SocketDriver {
  readonly #owner: SocketOwner;
  #WebSocket: WebSocketConstructor | undefined;
  /** Only `#step` changes it. */
  state = IDLE;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unwatch: (() => void) | undefined;
  /** Called in the order of the pings: with true at the pong, with false when the socket is lost. */
  #pings: (Answered | undefined)[] = [];
  /** When the newest frame came, as `performance.now()` has it. */
  #heard = 0;
  /**
   * The codec of the connection: null for JSON; undefined before the first `connect()`, and while CBOR is
   * loading.
   */
  codec: Codec | null | undefined;
  /** Whether a frame is being handled: changes in the meantime are the room's. */
  receiving = false;

  constructor(owner: SocketOwner) {
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.state.phase === "open";
  }

  connect(url: string, WebSocket: WebSocketConstructor): void {
    this.#WebSocket = WebSocket;
    this.#step("connect", { url });
  }

  disconnect(): void {
    this.#step("disconnect");
  }

  /** Sends a frame. There must be an open socket. */
  write(frame: Frame): void {
    this.#socket?.send(frame);
  }

  /** The frame of a message, without checks. */
  encode(message: SessionMessageToDb): Frame {
    return this.codec ? this.codec.encode(message) : JSON.stringify(message);
  }

  /** Sends a ping. @param done called with whether it was answered. */
  ping(done?: Answered, message?: PingMessage): void {
    if (this.isOpen) this.#probe(done, message);
    else done?.(false);
  }

  #step(
    event: ConnectionEvent,
    detail?: Pick<Circumstances, "url" | "code"> & { reason?: string | undefined; hello?: Hello },
  ): void {
    const now = performance.now();
    const [next, effect, timer] = transition(this.state, event, {
      // 0 is never.
      now: now + 1,
      random: Math.random(),
      pinging: this.#pings.length > 0,
      silence: now - this.#heard,
      ...detail,
    });
    this.state = next;
    if (effect === "ping") this.#probe();
    else if (effect === "resync") this.#owner.resync(detail?.hello as Hello);
    else if (effect) this.#drop(detail?.code);
    if (effect === "dial") this.#dial();
    // The effect may have been another step, to another state.
    if (timer !== undefined && this.state === next) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#step("due"), timer);
    }
    this.#owner.changed(detail?.code, detail?.reason);
  }

  /** Pings a socket that is open, whether or not `hello` has come. */
  #probe(done?: Answered, message: PingMessage = { type: "ping" }): void {
    if (this.#pings.push(done) === 1) this.#step("alive");
    this.#socket?.send(this.encode(message));
  }

  #drop(code?: number): void {
    clearTimeout(this.#timer);
    if (!this.state.url) {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    // onerror stays: the package ws reports it as an error when a socket is closed that is not open yet.
    socket.onopen = socket.onmessage = socket.onclose = null;
    // With this code the server releases the session's holds immediately, without the grace period (S9).
    socket.close(this.state.url ? undefined : CLOSE_NORMAL);
    this.#owner.cut(code);
    for (const done of this.#pings.splice(0)) done?.(false);
  }

  #dial(): void {
    const { url, phase } = this.state;
    if (phase !== "connecting" || this.#socket) return;
    this.#unwatch ??= watchPageEvents((event) => this.#step(event));
    const address = this.#owner.address(new URL(url));
    this.codec = url.includes("cbor=true") ? cbor : null;
    if (this.codec === undefined) {
      import("driftdb-protocol/cbor")
        .then((module) => {
          cbor = module.cbor;
          this.#dial();
        })
        .catch((error) => {
          this.#owner.report(error);
          this.#step("lost");
        });
      return;
    }
    callSafely(
      () => {
        const socket = new (this.#WebSocket as WebSocketConstructor)(address.href) as Socket;
        this.#socket = socket;
        socket.binaryType = "arraybuffer";
        socket.onopen = () => this.#step("opened");
        socket.onclose = ({ code, reason }) => this.#step("lost", { code, reason });
        socket.onerror = () => {};
        socket.onmessage = ({ data }) => this.#receive(socket, data);
      },
      (error) => {
        // This page may not open the URL: another attempt would fail in the same way.
        this.#owner.report(error);
        this.#step("lost", { code: CLOSE_POLICY });
      },
    );
  }

  #receive(socket: Socket, data: string | ArrayBuffer): void {
    const isFirst = this.state.phase === "handshake";
    const pinging = this.#pings.length > 0;
    this.#heard = performance.now();
    let message: SessionMessageFromDb | undefined;
    this.receiving = true;
    callSafely(() => {
      message = (
        typeof data === "string" ? JSON.parse(data) : cbor?.decode(new Uint8Array(data))
      ) as SessionMessageFromDb;
      if (isFirst) return;
      if (message.type === "pong") this.#pings.shift()?.(true);
      this.#owner.receive(message);
    }, this.#owner.report);
    if (isFirst) this.#greet(message);
    // A listener may have closed the connection, or gone to another room.
    else if (pinging && socket === this.#socket) this.#step("alive");
    this.receiving = false;
  }

  /** The first frame (S1). */
  #greet(message: SessionMessageFromDb | undefined): void {
    if (message?.type !== "hello" || message.v !== SESSION_VERSION) this.#step("foreign");
    // The room knows the session otherwise than it was left: it would close with this code (S13).
    else if (!this.#owner.outbox.matches(message)) this.#step("lost", { code: CLOSE_OUT_OF_STEP });
    else this.#step("hello", { hello: message });
  }
}
