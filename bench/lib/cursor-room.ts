import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../../gates/lib/gate.js";
import type { Cursor, Cursors } from "./cursor.js";
import { type Move, Pointers } from "./pointers.js";
import { clientFrame, RawSocket } from "./raw-socket.js";

/** How often it is looked who has to move, in ms: what a timer of Node is good for. */
const TICK = 1;
/** When nothing has come for so long, what is missing does not come any more, in ms. */
const SILENCE = 500;

/** What the clients of a room have seen of each other's pointers. */
export interface Seen {
  readonly sent: number;
  /** Positions of other clients that have come: each of them once for each client. */
  readonly delivered: number;
  /** Those that were to come. */
  readonly due: number;
  /** What all clients were sent, with frame headers and all that is no position. */
  readonly bytes: number;
  /** WebSocket messages that all clients were sent. */
  readonly frames: number;
  /** From sending a position until another client has it, in ms. */
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the load has used. */
  readonly busy: number;
}

/** The clients of one room, each of which tells the others where its pointer is. */
export class CursorRoom {
  readonly #clients: readonly Cursor[];
  readonly #sockets: readonly RawSocket[];
  /** By whatever name each client has been given: its place among the clients. */
  readonly #who = new Map<string | number, number>();
  #pointers = new Pointers(0, 0);
  /** When each position was sent; 0 if it was not yet. */
  #sentAt = new Float64Array();
  /** Which positions have come, for each client. */
  #seen = new Uint8Array();
  #delays: number[] = [];
  #frames = 0;
  #last = 0;

  private constructor(clients: readonly Cursor[], sockets: readonly RawSocket[]) {
    this.#clients = clients;
    this.#sockets = sockets;
  }

  static async join(cursors: Cursors, server: string, count: number): Promise<CursorRoom> {
    // As short as a name will be, for it is in each frame of some.
    const room = (await cursors.makeRoom?.(server)) ?? "bench";
    const clients = Array.from({ length: count }, (_, i) => cursors.client(server, room, i));
    const sockets = clients.map(({ url }) => new RawSocket(url));
    const members = new CursorRoom(clients, sockets);
    for (const [i, socket] of sockets.entries()) await members.#join(i, socket);
    return members;
  }

  async #join(i: number, socket: RawSocket): Promise<void> {
    const client = this.#clients[i] as Cursor;
    await socket.opened;
    // Nothing that is measured after this would say anything: it ends the load.
    socket.onClose = (code) => {
      throw new Error(`a client was closed with ${code}`);
    };
    await new Promise<void>((resolve) => {
      client.open(socket);
      socket.take((payload, binary) => {
        this.#take(i, client, payload, binary);
        if (client.hasJoined) resolve();
      });
      if (client.hasJoined) resolve();
    });
  }

  /** Has every client move so often, for as long as that takes, each at moments of its own. */
  async move(moves: number, perSecond: number): Promise<Seen> {
    const count = this.#clients.length;
    this.#pointers = new Pointers(count, moves);
    this.#sentAt = new Float64Array(moves * count);
    this.#seen = new Uint8Array(moves * count * count);
    this.#delays = [];
    this.#frames = 0;
    const bytes = this.#bytes();
    const used = process.cpuUsage();
    const start = performance.now();
    const due = moves * count * (count - 1);
    for (let next = 0; next < moves * count; ) {
      // The moments of all clients, one behind the other.
      const now = ((performance.now() - start) / 1_000) * perSecond * count;
      while (next <= now && next < moves * count) this.#send(next++);
      await delay(TICK);
    }
    const took = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    this.#last = performance.now();
    while (this.#delays.length < due && performance.now() - this.#last < SILENCE) await delay(TICK);
    return {
      sent: moves * count,
      delivered: this.#delays.length,
      due,
      bytes: this.#bytes() - bytes,
      frames: this.#frames,
      p50: quantile(this.#delays, 0.5),
      p99: quantile(this.#delays, 0.99),
      busy: (user + system) / 1_000 / took,
    };
  }

  #send(index: number): void {
    const count = this.#clients.length;
    const move: Move = { client: index % count, n: Math.floor(index / count) };
    const { payload, binary } = (this.#clients[move.client] as Cursor).move(this.#pointers.position(move));
    this.#sentAt[index] = performance.now();
    this.#sockets[move.client]?.write(clientFrame(payload, binary));
  }

  #take(receiver: number, cursor: Cursor, payload: Buffer, binary: boolean): void {
    this.#frames++;
    this.#last = performance.now();
    cursor.take(payload, binary, (who, position) => {
      const count = this.#clients.length;
      const { client, n } = this.#pointers.move(position);
      this.#know(who, client);
      const index = n * count + client;
      const sentAt = this.#sentAt[index] as number;
      const seen = index * count + receiver;
      // Its own comes back to it from some servers, and what a client's last position was may be told again.
      if (client === receiver || sentAt === 0 || this.#seen[seen] === 1) return;
      this.#seen[seen] = 1;
      this.#delays.push(this.#last - sentAt);
    });
  }

  /** @throws {Error} if a name is somebody else's. */
  #know(who: string | number, client: number): void {
    const known = this.#who.get(who);
    if (known === undefined) this.#who.set(who, client);
    else if (known !== client)
      throw new Error(`a position of client ${client} came as one of client ${known}`);
  }

  #bytes(): number {
    return this.#sockets.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
