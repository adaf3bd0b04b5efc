import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../../gates/lib/gate.js";
import type { Cursor, Cursors } from "./cursor.js";
import { type Move, Pointers } from "./pointers.js";
import { clientFrame, RawSocket } from "./raw-socket.js";

/** Milliseconds between two looks for clients that have to move: the resolution of a timer in Node. */
const TICK = 1;
/** Milliseconds of silence after which missing positions count as lost. */
const SILENCE = 500;

/** A report of the positions that the clients of a room have received. */
export interface Seen {
  readonly sent: number;
  /** Positions of other clients that arrived; each counts once per receiving client. */
  readonly delivered: number;
  /** Positions that had to arrive. */
  readonly due: number;
  /** Bytes that all clients received, with frame headers and frames without positions. */
  readonly bytes: number;
  /** WebSocket messages that all clients received. */
  readonly frames: number;
  /** Milliseconds from sending a position until another client has it. */
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the load used. */
  readonly busy: number;
}

/** The clients of one room, each of which shows its pointer to the others. */
export class CursorRoom {
  readonly #clients: readonly Cursor[];
  readonly #sockets: readonly RawSocket[];
  /** The index of each client by the name that its server uses. */
  readonly #who = new Map<string | number, number>();
  #pointers = new Pointers(0, 0);
  /** The sending time of each position; 0 before it is sent. */
  #sentAt = new Float64Array();
  /** Whether each position has arrived, for each client. */
  #seen = new Uint8Array();
  #delays: number[] = [];
  #frames = 0;
  #last = 0;

  private constructor(clients: readonly Cursor[], sockets: readonly RawSocket[]) {
    this.#clients = clients;
    this.#sockets = sockets;
  }

  static async join(cursors: Cursors, server: string, count: number): Promise<CursorRoom> {
    // A short name: some servers repeat it in each frame.
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
    // A closed client makes all later figures worthless, so the load ends.
    socket.onClose = (code) => {
      throw new Error(`the server closed a client with code ${code}`);
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

  /** Lets every client move `moves` times. Clients move in turn, at evenly spaced moments. */
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
      // Moves of all clients follow one another evenly.
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
      // Some servers send a position back to its sender, or repeat the last position of a client.
      if (client === receiver || sentAt === 0 || this.#seen[seen] === 1) return;
      this.#seen[seen] = 1;
      this.#delays.push(this.#last - sentAt);
    });
  }

  /** @throws {Error} when a name belongs to another client. */
  #know(who: string | number, client: number): void {
    const known = this.#who.get(who);
    if (known === undefined) this.#who.set(who, client);
    else if (known !== client)
      throw new Error(`a position of client ${client} arrived under the name of client ${known}`);
  }

  #bytes(): number {
    return this.#sockets.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
