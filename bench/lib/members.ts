import type { Dialect } from "./dialect.js";
import { RawSocket } from "./raw-socket.js";

/** How many clients connect at a time. */
const AT_A_TIME = 50;

/** How many clients share an address of loopback, which has a port for each only once, until the next run too. */
const PER_ADDRESS = 1_000;

/** A client of a room that has joined, as the load sees it. */
export class Member {
  private constructor(
    readonly socket: RawSocket,
    readonly dialect: Dialect,
  ) {}

  /** @throws {Error} if the server refuses it, or ends the connection. */
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
    // What comes while nothing is measured may want an answer.
    member.check(() => {});
    return member;
  }

  /** Has many join, a few at a time: client `i` the room that `roomOf` says. */
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

  /** Counts deliveries from now on, by the size that they have at least: nothing else is looked at. */
  count(least: number, counted: (deliveries: number) => void): void {
    const { dialect, socket } = this;
    socket.least = least;
    socket.onCount = counted;
    // What is smaller may want an answer.
    socket.take((payload, binary) => void dialect.isDelivery(payload, binary, socket));
  }

  /** Looks at every delivery from now on. */
  check(delivered: (n: number) => void): void {
    const { dialect, socket } = this;
    socket.least = Number.POSITIVE_INFINITY;
    socket.take((payload, binary) => {
      if (dialect.isDelivery(payload, binary, socket)) delivered(dialect.numberOf(payload));
    });
  }
}
