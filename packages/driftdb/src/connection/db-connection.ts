import type {
  Key,
  MessageFromDb,
  MessageToDb,
  SequenceNumber,
  SequenceValue,
  SessionMessageToDb,
} from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import { DriftDBError } from "../errors.js";
import { Emitter } from "../observable/emitter.js";
import type { Store } from "../observable/store.js";
import { Value } from "../observable/value.js";
import type { WebSocketConstructor } from "../wire/web-socket.js";
import { ClientSession } from "./client-session.js";
import { abandoned, type ConnectionStatus, reasonOf, refusal } from "./connection-status.js";
import type { Outcome } from "./outbox.js";
import { type SyncStatus, updateSync } from "./sync-status.js";

const noop = () => {};

/**
 * A connection to a room. It reconnects by itself when it is lost.
 *
 * Messages arrive once and in order, and subscriptions receive them once and in order, however often it
 * reconnects. Subscriptions, and messages that the server has not acknowledged, last through reconnects, and
 * through `disconnect()` and a later `connect()` to the same room. When `connect()` goes to another room,
 * subscriptions receive that room's streams from the start, and the promises of unacknowledged messages are
 * rejected.
 *
 * @example
 * const { socket_url } = await new Api("https://example.com/db/").newRoom();
 * const db = new DbConnection();
 * await db.connect(socket_url);
 * const undo = db.subscribe("log", ({ value, seq }) => console.log(seq, value));
 * await db.send({ type: "push", key: "log", value: "hello", action: { type: "append" } });
 */
export class DbConnection {
  /**
   * `status` as a store, and the emitter of its changes. When a listener changes the connection, the
   * listeners after it hear of the newer change first: read `status`.
   */
  readonly statusListener = new Value<ConnectionStatus>({ connected: false, reason: "idle" });
  /** Emits every frame of the room as it comes: messages, histories, sizes, pongs and errors. */
  readonly messageListener = new Emitter<MessageFromDb>();
  /**
   * Emits errors that no call can throw: the server's, those of frames that cannot be read, and those that
   * listeners throw. Without a listener they go to `console.error`.
   */
  readonly errorListener = new Emitter<Error>();
  /** How many messages the server has not acknowledged, as a store. */
  readonly sync: Store<SyncStatus> = new Value<SyncStatus>({ pending: 0, lastAck: null, state: "offline" });

  readonly #options: { websocketConstructor?: WebSocketConstructor | undefined; keys?: string | undefined };
  /** Passes an error to `errorListener`. @internal */
  readonly report = (error: unknown): void => {
    if (!this.errorListener.dispatch(error as Error)) console.error(error);
  };
  /** The conversation with the room, which stores use directly. @internal */
  readonly session = new ClientSession(
    this.report,
    (code, reason) => this.#changed(code, reason),
    this.messageListener,
  );
  /** Host and path of the room that it is connected to, or was last. @internal */
  room = "";
  #opened: Promise<void> | undefined;
  #settle: ((error?: DriftDBError) => void) | undefined;

  /**
   * @param options.websocketConstructor the WebSocket to use, such as that of the package `ws`. Default: the
   * global one.
   * @param options.keys `all` gives `messageListener` every message of the room; `subscribed`, the default,
   * only the messages of keys that are subscribed to (S2).
   */
  constructor(
    options: {
      websocketConstructor?: WebSocketConstructor | undefined;
      keys?: "subscribed" | "all" | undefined;
    } = {},
  ) {
    this.#options = options;
  }

  /** Whether there is a connection, and if not, why. The same object until it changes. */
  get status(): ConnectionStatus {
    return this.statusListener.value;
  }

  /**
   * Connects, and reconnects until `disconnect()`, with delays of up to 30 s between the attempts (S11).
   *
   * @param socketUrl the `socket_url` of a room.
   * @param useCbor whether to use CBOR, so that byte strings survive (P7). Default false.
   * @returns a promise of the first success, the same one while the URL is the same. It rejects when
   * `disconnect()` (`connection_disconnected`) or a refusal comes first: RoomNotFoundError, ForbiddenError,
   * SessionsUnsupportedError or ConnectionRefusedError. An unhandled rejection is not reported.
   * @throws {DriftDBError} `no_websocket`. {TypeError} when `socketUrl` is no URL.
   */
  connect(socketUrl: string, useCbor = false): Promise<void> {
    const WebSocket = this.#options.websocketConstructor ?? (globalThis.WebSocket as WebSocketConstructor);
    if (!WebSocket) {
      throw new DriftDBError("no_websocket", "no WebSocket: pass websocketConstructor");
    }
    const url = new URL(socketUrl);
    if (useCbor) url.searchParams.set("cbor", "true");
    const { keys } = this.#options;
    if (keys) url.searchParams.set("keys", keys);
    const { state } = this.session.link;
    if (url.href !== state.url) {
      if (state.url) this.disconnect();
      const room = url.host + url.pathname;
      if (this.room && this.room !== room) this.session.leave();
      this.room = room;
      // A listener may have called connect() in the meantime.
      this.#settle?.(abandoned());
      this.#opened = new Promise((resolve, reject) => {
        this.#settle = (error) => (error ? reject(error) : resolve());
      });
      this.#opened.catch(noop);
    }
    this.session.link.connect(url.href, WebSocket);
    return this.#opened as Promise<void>;
  }

  /**
   * Closes the connection, until the next `connect()`. Messages that the server has not acknowledged stay,
   * and are sent again on the next connection to the same room.
   */
  disconnect(): void {
    this.session.link.disconnect();
  }

  /**
   * Sends a message. Without a connection, a push waits for one; gets, pings and relays are dropped.
   *
   * The value is not copied: leave it unchanged.
   *
   * @returns a promise of the seq that the room gave the push, once the push is committed; for a `compact`,
   * the seq that it names. Gets, pings and relays have none: it is 0, as soon as they are sent or dropped.
   * The promise rejects with MessageRefusedError, UnknownOutcomeError or NotSentError. `errorListener`
   * receives the error, too, so that the promise may be ignored.
   * @throws {DriftDBError} `bad_value` or `too_large`: nothing is sent. The room answers to other mistakes,
   * with a MessageRefusedError.
   *
   * @example
   * const { seq } = await db.send({ type: "push", key: "log", value: 1, action: { type: "append" } });
   */
  send(message: MessageToDb): Promise<{ seq: SequenceNumber }>;
  /** @internal */
  send(message: SessionMessageToDb): Promise<{ seq: SequenceNumber }>;
  send(message: SessionMessageToDb): Promise<{ seq: SequenceNumber }> {
    let settle!: (outcome: Outcome) => void;
    const promise = new Promise<{ seq: SequenceNumber }>((resolve, reject) => {
      settle = (outcome) => (outcome.error ? reject(outcome.error) : resolve(outcome));
    });
    promise.catch(noop);
    this.session.send(message, settle);
    return promise;
  }

  /**
   * Gives a listener the retained messages of a key, then each new one: each at most once, in order, and
   * after a reconnect those that it missed. A listener that is given twice is called twice.
   *
   * @param sizeListener called with the number of messages that the key retains after an own push, if more
   * than one (P6).
   * @param options.replay false for new messages only, without the history. Default true.
   * @param options.onReset called when the messages so far are void, and the whole stream follows: a snapshot
   * or a replacement has swallowed messages that the listener missed, the server has lost data, or the
   * connection has gone to another room (S7).
   * @returns the undo.
   */
  subscribe(
    key: Key,
    listener: (message: SequenceValue) => void,
    sizeListener?: (size: number) => void,
    options?: { replay?: boolean; onReset?: () => void },
  ): () => void {
    return this.session.subscribe(key, {
      source: listener,
      size: sizeListener,
      replay: options?.replay ?? true,
      reset: options?.onReset,
      left: options?.onReset,
      deliver: (messages, position) => {
        for (const { value, seq } of messages) {
          // The listener may have unsubscribed, or gone to another room, in the middle.
          if (position.isCurrent) callSafely(() => listener({ value, seq }), this.report);
        }
      },
    });
  }

  /** Undoes one `subscribe` with these functions, as in 1.0. */
  unsubscribe(
    key: Key,
    listener: (message: SequenceValue) => void,
    sizeListener?: (size: number) => void,
  ): void {
    this.session.unsubscribe(
      key,
      ({ source, size }) => source === listener && (!sizeListener || size === sizeListener),
    );
  }

  /**
   * Measures how long the server takes to answer.
   *
   * @returns milliseconds; null without a connection, or if it is lost before the answer.
   */
  testLatency(): Promise<number | null> {
    const start = performance.now();
    return new Promise((resolve) => {
      this.session.link.ping((answered) => resolve(answered ? performance.now() - start : null));
    });
  }

  #changed(code?: number, why?: string): void {
    const { state } = this.session.link;
    const reason = reasonOf(state);
    const isNew = reason !== this.status.reason;
    if (isNew) {
      const status: ConnectionStatus = reason
        ? { connected: false, reason, ...(reason === "refused" && { error: refusal(code, why) }) }
        : { connected: true };
      this.statusListener.value = status;
      if (!reason) this.#settle?.();
      else if (!state.url) {
        this.#settle?.(status.error ?? abandoned());
      }
    }
    updateSync(this.sync as Value<SyncStatus>, this.session, this.status);
    if (isNew) this.statusListener.dispatch(this.status);
  }
}
