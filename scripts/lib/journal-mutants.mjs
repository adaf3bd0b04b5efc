const server = (path) => `packages/driftdb-server/src/${path}`;
const journal = server("engine/journal.ts");
const turn = server("core/turn.ts");
const localEngine = server("engine/local/local-engine.ts");

/** Each breaks one rule of the journal (I14). @type {readonly import("./mutant-list.mjs").Mutant[]} */
export const journalMutants = [
  {
    rule: "I14",
    name: "the journal contains relays",
    file: journal,
    find: 'return action === "relay" ? undefined : { action, key, seq, value, from };',
    replace: "return { action, key, seq, value, from };",
  },
  {
    rule: "I14",
    name: "the journal contains relays as appends when their commit stores something else",
    file: journal,
    find: 'return action === "relay" ? undefined : { action, key, seq, value, from };',
    replace: 'return { action: action === "relay" ? "append" : action, key, seq, value, from };',
  },
  {
    rule: "I14",
    name: "the journal contains holds as appends when their commit stores something else",
    file: journal,
    find: '    case "compacted": {',
    replace:
      '    case "held": {\n      const { key, seq, value, from } = event;\n      return { action: "append", key, seq, value, from };\n    }\n    case "compacted": {',
  },
  {
    rule: "I14",
    name: "the journal lacks compactions",
    file: journal,
    find: 'return { action: "compact", key, seq, value, from };',
    replace: "return undefined;",
  },
  {
    rule: "I14",
    name: "the journal lacks the creation of a room",
    file: journal,
    find: '    case "created":\n',
    replace: "",
  },
  {
    rule: "I14",
    name: "the journal lacks the last event of a commit with several",
    file: journal,
    find: "  for (const event of events) {\n",
    replace: "  for (const event of events.length > 1 ? events.slice(0, -1) : events) {\n",
  },
  {
    rule: "I14",
    name: "the journal contains the events of a commit in reverse order",
    file: journal,
    find: "  for (const event of events) {\n",
    replace: "  for (const event of [...events].reverse()) {\n",
  },
  {
    rule: "I14",
    name: "every entry of a commit has part 0",
    file: journal,
    find: "part: entries.length,",
    replace: "part: 0,",
  },
  {
    rule: "I14",
    name: "an entry's part is the index of its event",
    file: journal,
    find: "part: entries.length,",
    replace: "part: events.indexOf(event),",
  },
  {
    rule: "I14",
    name: "an entry has the number of the previous commit",
    file: journal,
    find: "entries.push({ room, life, number,",
    replace: "entries.push({ room, life, number: number - 1,",
  },
  {
    rule: "I14",
    name: "the journal contains a replace as an append",
    file: journal,
    find: 'return action === "relay" ? undefined : { action, key, seq, value, from };',
    replace: 'return action === "relay" ? undefined : { action: "append", key, seq, value, from };',
  },
  {
    rule: "I14",
    name: "a compaction's entry lacks its sender",
    file: journal,
    find: 'return { action: "compact", key, seq, value, from };',
    replace: 'return { action: "compact", key, seq, value, from: null };',
  },
  {
    rule: "I14",
    name: "a compaction's entry has a seq that is one too high",
    file: journal,
    find: 'return { action: "compact", key, seq, value, from };',
    replace: 'return { action: "compact", key, seq: seq + 1, value, from };',
  },
  {
    rule: "I14",
    name: "an event names its sender by the secret cid",
    file: turn,
    find: "    const from = connection.session?.name ?? null;\n",
    replace: "    const from = connection.session?.cid ?? null;\n",
  },
  {
    rule: "I14",
    name: "a commit has the room's epoch as its life",
    file: turn,
    find: "      life,\n      head: this.#streams.head,",
    replace: "      life: state.epoch,\n      head: this.#streams.head,",
  },
  {
    rule: "I14",
    name: "a reopened room has the life of its creation",
    file: localEngine,
    find: "new Room({ id, life: newLife(),",
    replace: "new Room({ id, life: state.epoch,",
  },
  {
    rule: "M5",
    name: "a commit with only compactions has no number",
    file: turn,
    find: '      this.#retains = true;\n      this.#emit({ type: "compacted"',
    replace: '      this.#emit({ type: "compacted"',
  },
];
