import type { AppendersOrder, SliceOrder, SliceReport } from "../children/appenders.js";
import type { Bench } from "./gate.js";
import { Program, Server } from "./program.js";
import { newRoom, socketUrl } from "./room.js";

/**
 * DriftDB, a bare server that writes the same rows (sessions included), and one that writes messages only.
 */
export const APPENDED_TO = ["driftdb", "same rows", "messages only"] as const;
export type AppendedTo = (typeof APPENDED_TO)[number];
/** One of those, or DriftDB as an older checkout has it: the bench may have been given one. */
export type Store = AppendedTo | "driftdb before";

/** A server that writes messages to disk, and its clients that append: two processes. */
export class Appends {
  private constructor(
    readonly server: Program,
    readonly clients: Program,
  ) {}

  /** Starts both processes. They end with the bench. */
  static async start(bench: Pick<Bench, "directory" | "undo">, to: Store, clients: number): Promise<Appends> {
    const data = ["--data", bench.directory()];
    const driftdb = to === "driftdb" || to === "driftdb before";
    const options = to === "same rows" ? [...data, "--sessions"] : data;
    const { program: server, url } = driftdb
      ? await Server.start([...data, "--no-limits"], to === "driftdb before" ? { name: "server-before" } : {})
      : await Server.start(options, { name: "bare-server" });
    const appenders = new Program("appenders");
    const appends = new Appends(server, appenders);
    bench.undo(() => appends.stop());
    const address = driftdb ? socketUrl(url, await newRoom(url)) : url.replace("http", "ws");
    const connected = appenders.next();
    appenders.tell({ address, sessions: driftdb, clients } satisfies AppendersOrder);
    await connected;
    return appends;
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.kill(), this.clients.kill()]);
  }

  /** Appends for a moment. @returns the report, and the server's processor time per append in µs. */
  async slice(order: SliceOrder): Promise<SliceReport & { readonly cpu: number }> {
    const before = this.server.cpu;
    const next = this.clients.next();
    this.clients.tell(order);
    const report = (await next) as SliceReport;
    return { ...report, cpu: ((this.server.cpu - before) * 1e6) / report.answered };
  }
}
