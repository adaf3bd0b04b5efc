import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Units of the times in /proc per second. */
const TICKS = 100;

/** A program that a gate runs in a process of its own. */
export class Program {
  /** The output so far. */
  output = "";
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #hasEnded = false;

  /**
   * @param name of the bundle: `server` is the server's command, the others are in gates/children.
   * @param options.node options for Node itself.
   */
  constructor(name: string, args: readonly string[] = [], { node = [] }: { node?: readonly string[] } = {}) {
    const script = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
    this.#child = spawn(process.execPath, ["--enable-source-maps", ...node, script, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once("close", () => {
        this.#hasEnded = true;
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Calls a function for each message that the program sends. */
  listen(take: (message: unknown) => void): void {
    this.#child.on("message", take);
  }

  /** Resolves with the next message of the program. @throws {Error} when the program ends first. */
  next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#child.once("message", resolve);
      void this.ended.then(() => reject(new Error(`a program ended: ${this.output}`)));
    });
  }

  tell(message: object): void {
    this.#child.send(message);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Seconds of processor time that the process and its running children have used; NaN on systems without
   * /proc.
   */
  get cpu(): number {
    try {
      return this.#processes().reduce((sum, id) => sum + cpuOf(id), 0);
    } catch {
      return Number.NaN;
    }
  }

  /** `kill -9` of the process and its children, if it is still running. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) {
      const [, ...children] = this.#processes();
      for (const id of children) process.kill(id, "SIGKILL");
      this.#child.kill("SIGKILL");
    }
    await this.ended;
  }

  /** The id of the process and, where /proc has them, of the processes that its main thread started. */
  #processes(): number[] {
    const id = this.#child.pid as number;
    try {
      const children = readFileSync(`/proc/${id}/task/${id}/children`, "utf8");
      return [id, ...children.split(" ").filter(Boolean).map(Number)];
    } catch {
      return [id];
    }
  }
}

/** Seconds of processor time that a process has used. @throws {Error} on systems without /proc. */
function cpuOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, "utf8");
  // User and system time are fields 12 and 13 after the command's name, which may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** A server in a process of its own. */
export class Server {
  private constructor(
    readonly program: Program,
    /** The URL to give to `new Api(url)`. */
    readonly url: string,
  ) {}

  /**
   * Starts a server on loopback, and resolves when it listens.
   *
   * @param args options of the server, except host and port.
   * @param options.port default: any free port.
   * @param options.node options for Node itself.
   * @param options.name the bundle, if it is not the command. It must print its URL as the command does.
   */
  static async start(
    args: readonly string[],
    { port = 0, name = "server", node = [] }: { port?: number; name?: string; node?: readonly string[] } = {},
  ): Promise<Server> {
    for (let attempt = 0; ; attempt++) {
      const program = new Program(name, ["--host", "127.0.0.1", "--port", String(port), ...args], { node });
      const url = await new Promise<string | undefined>((resolve) => {
        const look = setInterval(() => {
          const found = /http:\/\/\S+:\d+\//.exec(program.output);
          if (found && program.output.includes("Ctrl-C")) settle(found[0]);
        }, 2);
        const settle = (url?: string) => {
          clearInterval(look);
          resolve(url);
        };
        void program.ended.then(() => settle());
      });
      if (url) return new Server(program, url);
      // Another process may have taken the port between two lives of the server.
      if (attempt === 20 || !program.output.includes("in use")) throw new Error(program.output);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }
}
