import { sqlite } from "./mutant-files.mjs";

const tests = (name) => `packages/driftdb-server/test/engines/${name}.test.ts`;
const store = sqlite("sqlite-store.ts");
const journal = sqlite("sqlite-journal.ts");
const reader = sqlite("journal-reader.ts");
const row = sqlite("journal-row.ts");
const schema = sqlite("sqlite-schema.ts");

const content = tests("sqlite-journal");
const reading = tests("sqlite-journal-reader");
const retention = tests("sqlite-journal-retention");

/**
 * Breakages of the journal's rows, which the simulated disk does not have: the journal's own tests find them.
 *
 * @type {readonly import("./mutant-list.mjs").Mutant[]}
 */
export const sqliteMutants = [
  {
    rule: "I14",
    name: "the store writes the journal after the transaction",
    file: store,
    find: "      this.journal?.append(due);\n    });\n",
    replace: "    });\n    this.journal?.append(due);\n",
    test: content,
  },
  {
    rule: "I14",
    name: "the store writes the journal before the transaction",
    file: store,
    find: "    this.#sql.transaction(() => {\n      this.#writer.write(due, (room) => this.#get(room));\n      this.journal?.append(due);\n",
    replace:
      "    this.journal?.append(due);\n    this.#sql.transaction(() => {\n      this.#writer.write(due, (room) => this.#get(room));\n",
    test: content,
  },
  {
    rule: "I14",
    name: "a server without a journal does not end the file's journal",
    file: store,
    find: "    else SqliteJournal.end(this.#sql);\n",
    replace: "",
    test: content,
  },
  {
    rule: "I14",
    name: "a new journal contains entries of the former one",
    file: reader,
    find: 'const start = this.#fact("journal_start");',
    replace: "const start = 0;",
    test: content,
  },
  {
    rule: "I14",
    name: "a reader returns its newest entry again",
    file: reader,
    find: 'const following = "FROM journal WHERE position > ?',
    replace: 'const following = "FROM journal WHERE position >= ?',
    test: reading,
  },
  {
    rule: "I14",
    name: "a cursor is one position too far",
    file: reader,
    find: "cursor: { journal: this.#id, position: this.#position } };",
    replace: "cursor: { journal: this.#id, position: this.#position + 1 } };",
    test: reading,
  },
  {
    rule: "I14",
    name: "a reader accepts a cursor of another journal",
    file: reader,
    find: "if (after && after.journal !== id) {",
    replace: 'if (after && after.journal === "") {',
    test: reading,
  },
  {
    rule: "I14",
    name: "a reader accepts a cursor beyond the newest entry of a restored file",
    file: reader,
    find: "if (this.#position > newest) {",
    replace: "if (newest < 0) {",
    test: reading,
  },
  {
    rule: "I14",
    name: "a reader skips trimmed entries",
    file: reader,
    find: "if (trimmed > Math.max(this.#position, this.#trimmedBefore)) {",
    replace: "if (trimmed < 0) {",
    test: retention,
  },
  {
    rule: "I14",
    name: "a reader that starts over after a trim must start over again",
    file: reader,
    find: 'this.#trimmedBefore = after ? after.position : Math.max(start, this.#fact("journal_trimmed"));',
    replace: "this.#trimmedBefore = this.#position;",
    test: retention,
  },
  {
    rule: "I14",
    name: "a reader skips a damaged entry",
    file: reader,
    find: "        if (entries.length > 0) break;\n",
    replace: "        if (entries.length > 0) continue;\n",
    test: reading,
  },
  {
    rule: "I14",
    name: "a checksum does not cover the sender",
    file: row,
    find: "typeof stored, from, time];",
    replace: "typeof stored, time];",
    test: reading,
  },
  {
    rule: "I14",
    name: "trim deletes the first entry that should stay",
    file: journal,
    find: '"time" in before ? time < before.time : position < before.position;',
    replace: '"time" in before ? time <= before.time : position <= before.position;',
    test: retention,
  },
  {
    rule: "I14",
    name: "trim deletes the marker of a removed room",
    file: journal,
    find: "const MARKERS = \"('removed', 'erased')\";",
    replace: "const MARKERS = \"('erased')\";",
    test: retention,
  },
  {
    rule: "I14",
    name: "erase deletes entries that were appended after it began",
    file: journal,
    find: "this.#statements.erase.run([from, Math.min(last, end), room",
    replace: "this.#statements.erase.run([from, Number.MAX_SAFE_INTEGER, room",
    test: retention,
  },
  {
    rule: "I14",
    name: "the newest position is that of the newest remaining entry",
    file: reader,
    find: "\"SELECT seq FROM sqlite_sequence WHERE name = 'journal'\"",
    replace: '"SELECT max(position) AS seq FROM journal"',
    test: retention,
  },
  {
    rule: "I14",
    name: "the journal uses a position again",
    file: schema,
    find: "position INTEGER PRIMARY KEY AUTOINCREMENT,",
    replace: "position INTEGER PRIMARY KEY,",
    test: retention,
  },
];
