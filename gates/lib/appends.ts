import type { AppendersOrder, SliceOrder, SliceReport } from "../children/appenders.js";
import type { Bench } from "./gate.js";
import { Program, Server } from "./program.js";
import { newRoom, socketUrl } from "./room.js";

/** DriftDB; a bare server that writes its rows, that of the sender's session included; and one that writes messages. */
export const APPENDED_TO = ["driftdb", "same rows", "messages only"] as const;
export type AppendedTo = (typeof APPENDED_TO)[number];

/** A server that keeps what it is sent on the disk, and clients of it that append: two processes. */
export class Appends {
  private constructor(
    readonly server: Program,
    readonly clients: Program,
  ) {}

  /** Starts both; they end with the bench. */
  static async start(
    bench: Pick<Bench, "directory" | "undo">,
    to: AppendedTo,
    clients: number,
  ): Promise<Appends> {
    const data = ["--data", bench.directory()];
    const driftdb = to === "driftdb";
    const options = to === "same rows" ? [...data, "--sessions"] : data;
    const { program: server, url } = driftdb
      ? await Server.start([...data, "--no-limits"])
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

  /** Appends for a moment. @returns what came of it, with the server's processor time for an append, in µs. */
  async slice(order: SliceOrder): Promise<SliceReport & { readonly cpu: number }> {
    const before = this.server.cpu;
    const next = this.clients.next();
    this.clients.tell(order);
    const report = (await next) as SliceReport;
    return { ...report, cpu: ((this.server.cpu - before) * 1e6) / report.answered };
  }
}
