import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Which way bytes go: `up` to the server, `down` from it. */
export type Direction = "up" | "down";

/** One client's connection, and its other half. */
interface Link {
  readonly up: Pipe;
  readonly down: Pipe;
  readonly server: Socket;
}

/** How a network is when nothing is wrong with it. */
interface Weather {
  /** Milliseconds that everything takes at least, and up to how many more. */
  latency: number;
  jitter: number;
  /** In pieces of how many bytes it arrives, at most. */
  piece: number;
}

/** A TCP proxy in front of a server, with the faults that a network has. */
export class FaultProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #stalled = new Set<Direction>();
  readonly #weather: Weather = { latency: 0, jitter: 0, piece: Number.POSITIVE_INFINITY };
  #refusing = false;

  private constructor(
    /** The target's URL, by way of the proxy. */
    readonly url: string,
    server: Server,
  ) {
    this.#server = server;
  }

  /**
   * Starts a proxy on a free port of 127.0.0.1.
   *
   * @param target the URL of the server, with its port.
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

  /** How many connections the server has. */
  get connections(): number {
    return [...this.#links].filter(({ server }) => !server.destroyed).length;
  }

  /** Ends all connections as a network does that drops them: with a TCP reset, both ways. */
  reset(): void {
    for (const link of this.#links) this.#end(link);
  }

  /**
   * Lets nothing through any more, in one direction or both, while all connections stay open: a half-open network.
   * New connections are stalled, too.
   */
  stall(direction?: Direction): void {
    for (const way of both(direction)) {
      this.#stalled.add(way);
      for (const link of this.#links) link[way].stall();
    }
  }

  /** Lets everything through again, first what was held back. */
  resume(): void {
    this.#stalled.clear();
    for (const link of this.#links) {
      link.up.resume();
      link.down.resume();
    }
  }

  /** Lets so many more bytes through in one direction of each present connection, then resets it. */
  cutAfter(bytes: number, direction: Direction): void {
    for (const link of this.#links) link[direction].cutAfter(bytes, () => this.#end(link));
  }

  /** From now on everything takes so many milliseconds, and a random part of `jitter` more; in order all the same. */
  delay(latency: number, jitter = 0): void {
    Object.assign(this.#weather, { latency, jitter });
  }

  /** From now on everything arrives in pieces of so many bytes at most. */
  slice(piece: number): void {
    this.#weather.piece = piece;
  }

  /** Turns new connections away, as a server does that is not there; `false` lets them in again. */
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
      // What was sent before an end arrives before it.
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
  /** What is on its way, in order, and when the last of it arrives. `null` is the end. */
  readonly #queue: (Buffer | null)[] = [];
  #arrives = 0;
  /** What has arrived while nothing gets through. */
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
    // A stalled network does not pass on that one side has closed, either.
    from.on("end", () => this.#take(null));
  }

  /** Whether nothing is on its way. */
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
      // Whichever timer is the first: what was sent first arrives first.
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
