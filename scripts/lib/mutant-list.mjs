import { holdMutants } from "./hold-mutants.mjs";
import { journalMutants } from "./journal-mutants.mjs";
import { client } from "./mutant-files.mjs";
import { serverMutants } from "./server-mutants.mjs";
import { sqliteMutants } from "./sqlite-mutants.mjs";

/**
 * @typedef {{ name: string, rule: string, file: string, find: string, replace: string, test?: string }}
 *   Mutant
 *   The simulation must find it or, if it names a test file, a test there.
 */

/** Breakages of one rule each, as changes of the real code's text. @type {readonly Mutant[]} */
export const mutants = [
  {
    rule: "S5",
    name: "the client resends its messages before it resumes its keys",
    file: client("connection/client-session.ts"),
    find: "    this.#subscriptions.resume(hello.epoch);\n    this.outbox.resume(hello);\n    this.#flush();",
    replace:
      "    this.outbox.resume(hello);\n    this.#flush();\n    this.#subscriptions.resume(hello.epoch);",
  },
  {
    rule: "S5",
    name: "the client does not resend unacknowledged messages",
    file: client("connection/outbox.ts"),
    find: "this.#sent = this.#maxInFlight = 0;",
    replace: "this.#maxInFlight = 0;",
  },
  {
    rule: "S5",
    name: "the client resends a message with a new number",
    file: client("connection/outbox.ts"),
    find: "      this.#sent++;\n      write(entry.frame as Frame);",
    replace:
      "      if (this.#sent + 1 < this.#numbered.length)\n        entry.frame = encode(entry, this.#acked + this.#numbered.length + this.#sent + 1);\n      this.#sent++;\n      write(entry.frame as Frame);",
  },
  {
    rule: "S5",
    name: "the client treats a sent message as acknowledged",
    file: client("connection/outbox.ts"),
    find: "    write(entry.frame as Frame);",
    replace:
      "    write(entry.frame as Frame);\n    const n = this.#acked + this.#sent;\n    queueMicrotask(() => this.acknowledge(n, 1));",
  },
  {
    rule: "S5",
    name: "the client sends a relay later when it has no connection",
    file: client("connection/client-session.ts"),
    find: "      else this.#write(message, frame);",
    replace:
      "      else if (this.link.isOpen) this.#write(message, frame);\n      else setTimeout(() => this.#write(message, frame), 5_000);",
  },
  {
    rule: "S7",
    name: "the client ignores the epoch",
    file: client("connection/subscriptions.ts"),
    find: 'const dataLost = this.#epoch !== "" && this.#epoch !== epoch;',
    replace: "const dataLost = false;",
  },
  {
    rule: "S7",
    name: "the client ignores reset",
    file: client("connection/cursor.ts"),
    find: "const isVoid = this.#isStale || (at > 0 && (isSwallowed || (!!reset && at === from)));",
    replace: "const isVoid = this.#isStale;",
  },
  {
    rule: "S7",
    name: "the client resumes from a relay's seq",
    file: client("connection/cursor.ts"),
    find: "    this.through = seq;",
    replace: "    this.at = this.through = seq;",
  },
  {
    rule: "S7",
    name: "the client resumes after the room's newest seq",
    file: client("connection/cursor.ts"),
    find: "    this.at = news.at(-1)?.seq ?? this.at;",
    replace: "    this.at = head;",
  },
  {
    rule: "S7",
    name: "the client delivers a listener's last message twice",
    file: client("connection/cursor.ts"),
    find: "const news = data.filter(({ seq }) => seq > this.at);",
    replace: "const news = data.filter(({ seq }) => seq >= this.at);",
  },
  {
    rule: "I11",
    name: "every client that sees the stream grow compacts it",
    file: client("stores/compaction-policy.ts"),
    find: "    if (!snapshot.own && (urgency() < 1 || Math.random() > urgency() * VOLUNTEERS)) return;\n",
    replace: "",
  },
  {
    rule: "S11",
    name: "the client never closes a silent connection",
    file: client("connection/connection-state.ts"),
    find: '    if (event === "due" && !pinging) {\n      // A timer',
    replace:
      '    if (event === "due") return [state, undefined, QUIET];\n    if (event === "due") {\n      // A timer',
  },
  {
    rule: "S13",
    name: "the client resumes a session that the room does not know",
    file: client("connection/outbox.ts"),
    find: "return acked >= this.#acked && acked <= this.#acked + this.#numbered.length;",
    replace: "return true;",
  },
  {
    rule: "I8",
    name: "a reducer does not reapply its pending actions after an action of another client",
    file: client("stores/reducer.ts"),
    find: "may have read the view.\n      this.#isDirty = true;",
    replace: "may have read the view.",
  },
  {
    rule: "I8",
    name: "a reducer applies its own action again when the room broadcasts it",
    file: client("stores/reducer.ts"),
    find: "      this.#pending.delete(own.m);\n",
    replace: "",
  },
  {
    rule: "I8",
    name: "a reducer keeps its own action pending when a snapshot contains it",
    file: client("stores/reducer.ts"),
    find: "if (this.#drop(0, this.through) || this.#isDirty)",
    replace: "if (this.#isDirty)",
  },
  {
    rule: "I9",
    name: "a shared value shows the client's own value after a later one has arrived",
    file: client("stores/state-listener.ts"),
    find: "if (this.#own?.seq && this.#own.seq <= this.through) this.#own = undefined;",
    replace: "",
  },
  ...holdMutants,
  ...journalMutants,
  ...serverMutants,
  ...sqliteMutants,
];
