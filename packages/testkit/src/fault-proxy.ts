import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** The direction of bytes: `up` to the server, `down` from it. */
export type Direction = "up" | "down";

/** The connection of one client, and the proxy's connection to the server for it. */
interface Link {
  readonly up: Pipe;
  readonly down: Pipe;
  readonly server: Socket;
}

/** The properties of the network without faults. */
interface Weather {
  /** Least delay of all bytes, and the most that is added at random: ms. */
  latency: number;
  jitter: number;
  /** Bytes of a piece, at most. */
  piece: number;
}

/** A TCP proxy in front of a server that simulates the faults of a network. */
export class FaultProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #stalled = new Set<Direction>();
  readonly #weather: Weather = { latency: 0, jitter: 0, piece: Number.POSITIVE_INFINITY };
  #refusing = false;

  private constructor(
    /** The URL of the target through the proxy. */
    readonly url: string,
    server: Server,
  ) {
    this.#server = server;
  }

  /**
   * Starts a proxy on a free port of 127.0.0.1.
   *
   * @param target the URL of the server, including its port.
   */
  static async start(target: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL(target);
    url.hostname = "127.0.0.1";
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new FaultProxy(url.href, server);
    server.on("connection", (socket) => proxy.#link(socket, connect(Number(port), hostname)));
    return proxy;
  }

  /** The number of open connections to the server. */
  get connections(): number {
    return [...this.#links].filter(({ server }) => !server.destroyed).length;
  }

  /** Ends all connections with a TCP reset in both directions. */
  reset(): void {
    for (const link of this.#links) this.#end(link);
  }

  /**
   * Holds all bytes back, in one direction or both, while all connections stay open: a half-open network. New
   * connections are stalled too.
   */
  stall(direction?: Direction): void {
    for (const way of both(direction)) {
      this.#stalled.add(way);
      for (const link of this.#links) link[way].stall();
    }
  }

  /** Lets all bytes through again, beginning with those that were held back. */
  resume(): void {
    this.#stalled.clear();
    for (const link of this.#links) {
      link.up.resume();
      link.down.resume();
    }
  }

  /**
   * Lets `bytes` more bytes through in one direction of each current connection, then resets the connection.
   */
  cutAfter(bytes: number, direction: Direction): void {
    for (const link of this.#links) link[direction].cutAfter(bytes, () => this.#end(link));
  }

  /** From now on, delays all bytes by `latency` ms plus a random part of `jitter` ms. Their order stays. */
  delay(latency: number, jitter = 0): void {
    Object.assign(this.#weather, { latency, jitter });
  }

  /** From now on, delivers bytes in pieces of at most `piece` bytes. */
  slice(piece: number): void {
    this.#weather.piece = piece;
  }

  /** Refuses new connections, like a server that is down; `false` accepts them again. */
  refuse(refusing = true): void {
    this.#refusing = refusing;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.reset();
    await closed;
  }

  #link(client: Socket, server: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      server.destroy();
      return;
    }
    const up = new Pipe(client, server, this.#weather);
    const link: Link = { up, down: new Pipe(server, client, this.#weather), server };
    this.#links.add(link);
    for (const way of this.#stalled) link[way].stall();
    for (const socket of [client, server]) {
      socket.on("error", () => this.#end(link));
      // Bytes that were sent before the end arrive before it.
      socket.on("close", () => {
        const isOver = client.destroyed && server.destroyed;
        if (isOver || (link.up.isEmpty && link.down.isEmpty)) this.#end(link);
      });
    }
    client.resume();
  }

  #end(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.up.end();
    link.down.end();
  }
}

/** One direction of a connection. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: Weather;
  /**
   * Data under way, in order; `null` is the end of the stream. `#arrives` is the arrival time of the last
   * one.
   */
  readonly #queue: (Buffer | null)[] = [];
  #arrives = 0;
  /** Data that arrived during a stall. */
  #held: (Buffer | null)[] | undefined;
  #left = Number.POSITIVE_INFINITY;
  #cut = () => {};

  constructor(from: Socket, to: Socket, weather: Weather) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    from.on("data", (data) => {
      const { piece } = weather;
      for (let at = 0; at < data.length; at += piece) this.#take(data.subarray(at, at + piece));
    });
    // A stalled network does not pass on the end of a stream either.
    from.on("end", () => this.#take(null));
  }

  /** Whether no data is under way. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && !this.#held?.length;
  }

  stall(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const data of held) this.#pass(data);
  }

  cutAfter(bytes: number, cut: () => void): void {
    this.#left = bytes;
    this.#cut = cut;
    if (bytes <= 0) cut();
  }

  end(): void {
    this.#from.resetAndDestroy();
  }

  #take(data: Buffer | null): void {
    const { latency, jitter } = this.#weather;
    const now = performance.now();
    this.#arrives = Math.max(this.#arrives, now + latency + Math.random() * jitter);
    if (this.#arrives <= now && this.#queue.length === 0) this.#arrive(data);
    else {
      this.#queue.push(data);
      // Timers may fire out of order; the queue keeps the order.
      setTimeout(() => this.#arrive(this.#queue.shift() ?? null), this.#arrives - now);
    }
  }

  #arrive(data: Buffer | null): void {
    if (this.#held) this.#held.push(data);
    else this.#pass(data);
  }

  #pass(data: Buffer | null): void {
    if (!data) {
      this.#to.end();
      return;
    }
    const part = data.subarray(0, Math.min(data.length, this.#left));
    this.#left -= part.length;
    if (this.#left > 0) this.#to.write(part);
    else this.#to.write(part, () => this.#cut());
  }
}

function both(direction: Direction | undefined): Direction[] {
  return direction ? [direction] : ["up", "down"];
}
