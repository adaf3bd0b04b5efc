import type { Dialect } from "./dialect.js";
import { RawSocket } from "./raw-socket.js";

/** Clients that connect at a time. */
const AT_A_TIME = 50;

/**
 * Clients that share a loopback address. An address has few ports, and a closed port stays unusable for a
 * while.
 */
const PER_ADDRESS = 1_000;

/** A client that has joined a room. */
export class Member {
  private constructor(
    readonly socket: RawSocket,
    readonly dialect: Dialect,
  ) {}

  /** @throws {Error} when the server refuses the client, or ends the connection. */
  static async join(dialect: Dialect, server: string, room: string, i: number): Promise<Member> {
    const localAddress = `127.0.0.${1 + Math.floor(i / PER_ADDRESS)}`;
    const socket = new RawSocket(dialect.url(server, room, i), { localAddress });
    await socket.opened;
    await new Promise<void>((resolve, reject) => {
      socket.onClose = (code) => reject(new Error(`${dialect.name} closed a client with ${code}`));
      const hasJoined = dialect.join(socket, room, i);
      if (!hasJoined) return resolve();
      socket.take((payload, binary) => {
        if (hasJoined(payload, binary)) resolve();
      });
    });
    socket.onClose = (code) => {
      console.error(`${dialect.name} closed a client with ${code}`);
      process.exit(1);
    };
    const member = new Member(socket, dialect);
    // Frames that arrive between measurements may expect an answer.
    member.check(() => {});
    return member;
  }

  /** Lets many clients join, a few at a time. `roomOf` names the room of client `i`. */
  static async joinAll(
    dialect: Dialect,
    server: string,
    count: number,
    roomOf: (i: number) => string,
  ): Promise<Member[]> {
    const members: Member[] = [];
    while (members.length < count) {
      const first = members.length;
      const wave = Array.from({ length: Math.min(AT_A_TIME, count - first) }, (_, i) =>
        Member.join(dialect, server, roomOf(first + i), first + i),
      );
      members.push(...(await Promise.all(wave)));
    }
    return members;
  }

  /** From now on, counts frames of at least `least` bytes as deliveries, without looking into them. */
  count(least: number, counted: (deliveries: number) => void): void {
    const { dialect, socket } = this;
    socket.least = least;
    socket.onCount = counted;
    // Smaller frames may expect an answer.
    socket.take((payload, binary) => void dialect.isDelivery(payload, binary, socket));
  }

  /** From now on, reads the number of every delivery. */
  check(delivered: (n: number) => void): void {
    const { dialect, socket } = this;
    socket.least = Number.POSITIVE_INFINITY;
    socket.take((payload, binary) => {
      if (dialect.isDelivery(payload, binary, socket)) delivered(dialect.numberOf(payload));
    });
  }
}
