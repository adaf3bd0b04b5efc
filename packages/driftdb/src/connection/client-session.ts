import {
  CLOSE_OUT_OF_STEP,
  type Hello,
  type Key,
  type MessageFromDb,
  SESSION_VERSION,
  type SessionBroadcast,
  type SessionMessageFromDb,
  type SessionMessageToDb,
  type SessionPush,
} from "driftdb-protocol";
import { randomId } from "../client-id.js";
import { DriftDBError, MessageRefusedError } from "../errors.js";
import type { Emitter } from "../observable/emitter.js";
import { checkSize, encodeChecked, toJson } from "../wire/encode-message.js";
import type { Frame } from "../wire/web-socket.js";
import type { ChangedHolds, HoldsMessage, Listener } from "./listener.js";
import { type Entry, Outbox, type Outcome } from "./outbox.js";
import { SocketDriver, type SocketOwner } from "./socket-driver.js";
import { Subscriptions } from "./subscriptions.js";

/** How many bytes `n` adds to a frame at most (S3). */
const NUMBER_BYTES = 24;

/**
 * A client's session with a room (S1–S8). It outlives its sockets, and owns the outbox of sent messages and
 * the subscriptions with their cursors.
 */
export class ClientSession implements SocketOwner {
  readonly outbox = new Outbox();
  readonly link = new SocketDriver(this);
  readonly #subscriptions: Subscriptions;
  readonly #given: Emitter<MessageFromDb>;
  /** The session's secret name. There is a new one whenever the numbers start over. */
  #cid = randomId();
  /** The newest hello of the room; empty before the first one. */
  hello = {} as Hello;
  /** When the room last took a message, in milliseconds since 1970. */
  lastAck: number | null = null;
  /** Why the room did not take the newest message that was settled. */
  error: Error | undefined;

  /**
   * @param report called with errors that no call can throw.
   * @param changed called when the link or the number of pending messages may have changed. Has the code and
   * the reason when the socket closed.
   * @param given emits the frames of the room.
   */
  constructor(
    readonly report: (error: unknown) => void,
    readonly changed: (code?: number, reason?: string) => void,
    given: Emitter<MessageFromDb>,
  ) {
    this.#given = given;
    this.#subscriptions = new Subscriptions(report, (message) => this.#write(message));
  }

  /** Adds this session to a room's address. */
  address(url: URL): URL {
    url.searchParams.set("v", `${SESSION_VERSION}`);
    url.searchParams.set("cid", this.#cid);
    return url;
  }

  /** Sends on a new socket: gets for the keys, then unacknowledged messages, then waiting ones (S5). */
  resync(hello: Hello): void {
    this.hello = hello;
    this.#subscriptions.resume(hello.epoch);
    this.outbox.resume(hello);
    this.#flush();
  }

  receive(message: SessionMessageFromDb): void {
    if (message.type !== "ack" && message.type !== "holds") this.#given.dispatch(message as MessageFromDb);
    // A listener may have closed the connection, or gone to another room.
    if (!this.link.isOpen) return;
    switch (message.type) {
      case "release":
        this.#held(message);
        break;
      case "init":
        this.#held(message);
        this.#subscriptions.answer(message);
        break;
      case "push":
        if (message.from) this.#held(message);
        else this.#subscriptions.take(message);
        break;
      case "holds": {
        const { key, seq, holds } = message;
        const values = holds.filter((_, i) => i % 2);
        const pushes = values.map((value, i) => ({ type: "push", key, value, seq: seq + i }));
        this.#held({ ...message, pushes } as ChangedHolds);
        for (const push of pushes) if (this.link.isOpen) this.#given.dispatch(push as SessionBroadcast);
        break;
      }
      case "ack":
        for (const [n, seq] of message.acks) this.outbox.acknowledge(n, seq);
        this.#advance();
        break;
      case "stream_size":
        this.#subscriptions.each(message.key, ({ size }) => size?.(message.size));
        break;
      case "error": {
        const { code = "", message: text, n } = message;
        if (!n) throw new DriftDBError(code, text);
        this.outbox.acknowledge(n, 0, new MessageRefusedError(code, text));
        this.#advance();
      }
    }
  }

  /** Sends what may be sent, after a message was added or settled. */
  #advance(): void {
    this.#flush();
    this.changed();
  }

  #held(message: HoldsMessage): void {
    this.#subscriptions.each(message.key, (listener) => listener.held?.(message));
  }

  /** The socket was lost. */
  cut(code?: number): void {
    this.outbox.cut();
    if (code === CLOSE_OUT_OF_STEP) {
      this.#cid = randomId();
      this.outbox.renew();
    }
  }

  /** The connection goes to another room: no message for the room before may reach it. */
  leave(): void {
    this.#cid = randomId();
    // Before the outbox: a store whose message is settled has nothing to put right then.
    this.#subscriptions.reset();
    this.outbox.renew(true);
    this.error = undefined;
  }

  /**
   * Sends a message, or queues it. Without a connection, messages that are not numbered are dropped: gets,
   * pings, relays, holds and releases.
   *
   * @param settled called once, with what became of the message.
   * @returns what takes the message back, if it was never sent.
   * @throws {DriftDBError} `bad_value` or `too_large`.
   */
  send(message: SessionMessageToDb, settled: (outcome: Outcome) => void): () => void {
    const { codec } = this.link;
    const text = encodeChecked(message, !!codec);
    const frame = codec ? codec.encode(message) : text;
    // Before the first connection it may be either codec's: the size is checked later.
    if (codec !== undefined) checkSize(frame, NUMBER_BYTES);
    if (!isQueued(message)) {
      if (message.type === "ping") this.link.ping(undefined, message);
      else this.#write(message, frame);
      settled({ seq: 0 });
      return () => {};
    }
    const entry: Entry = {
      message,
      text: codec ? undefined : text,
      settled: (outcome) => {
        this.error = outcome.error;
        if (outcome.error) this.report(outcome.error);
        else this.lastAck = Date.now();
        settled(outcome);
      },
    };
    const cancel = this.outbox.add(entry);
    this.#advance();
    return () => {
      cancel();
      this.changed();
    };
  }

  #flush(): void {
    this.outbox.flush(this.#encode, (frame) => this.link.write(frame));
  }

  subscribe(key: Key, listener: Listener): () => void {
    this.#subscriptions.add(key, listener);
    return () => this.unsubscribe(key, (other) => other === listener);
  }

  unsubscribe(key: Key, matches: (listener: Listener) => boolean): void {
    this.#subscriptions.remove(key, matches);
  }

  #write(message: SessionMessageToDb, frame = this.link.encode(message)): void {
    if (!this.link.isOpen) return;
    if (message.type === "get") {
      const { key, seq = 0 } = message;
      // A get with another seq is not answered with an init.
      if (Number.isSafeInteger(seq) && (seq as number) >= 0) this.#subscriptions.asked(key, seq as number);
    }
    this.link.write(frame);
  }

  /** The frame of a push with its number (S3). */
  readonly #encode = ({ message, text }: Entry, n: number): Frame => {
    const { codec } = this.link;
    const frame = codec
      ? codec.encode({ ...message, n })
      : `${(text ?? toJson(message, message.key)).slice(0, -1)},"n":${n}}`;
    checkSize(frame);
    return frame;
  };
}

/**
 * Whether a message waits for a connection, and is sent again until the room has it. The others are of no use
 * later.
 */
function isQueued(message: SessionMessageToDb): message is SessionPush {
  return message.type === "push" && message.action?.type !== "relay" && message.action?.type !== "hold";
}
