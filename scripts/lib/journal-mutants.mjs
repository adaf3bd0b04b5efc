const server = (path) => `packages/driftdb-server/src/${path}`;
const journal = server("engine/journal.ts");
const turn = server("core/turn.ts");
const localEngine = server("engine/local/local-engine.ts");

/** Breakages of what the journal has (I14). @type {readonly import("./mutant-list.mjs").Mutant[]} */
export const journalMutants = [
  {
    rule: "I14",
    name: "the journal has relays",
    file: journal,
    find: 'return action === "relay" ? undefined : { action, key, seq, value, from };',
    replace: "return { action, key, seq, value, from };",
  },
  {
    rule: "I14",
    name: "the journal has relays as appends, where something else is stored",
    file: journal,
    find: 'return action === "relay" ? undefined : { action, key, seq, value, from };',
    replace: 'return { action: action === "relay" ? "append" : action, key, seq, value, from };',
  },
  {
    rule: "I14",
    name: "the journal has holds, where something else is stored",
    file: journal,
    find: '    case "compacted": {',
    replace:
      '    case "held": {\n      const { key, seq, value, from } = event;\n      return { action: "append", key, seq, value, from };\n    }\n    case "compacted": {',
  },
  {
    rule: "I14",
    name: "the journal has no compactions",
    file: journal,
    find: 'return { action: "compact", key, seq, value, from };',
    replace: "return undefined;",
  },
  {
    rule: "I14",
    name: "the journal does not say that the room was created",
    file: journal,
    find: '    case "created":\n',
    replace: "",
  },
  {
    rule: "I14",
    name: "the journal lacks the last event of a commit of several",
    file: journal,
    find: "  for (const event of events) {\n",
    replace: "  for (const event of events.length > 1 ? events.slice(0, -1) : events) {\n",
  },
  {
    rule: "I14",
    name: "the journal has the events of a commit in another order",
    file: journal,
    find: "  for (const event of events) {\n",
    replace: "  for (const event of [...events].reverse()) {\n",
  },
  {
    rule: "I14",
    name: "every entry of a commit is its first",
    file: journal,
    find: "part: entries.length,",
    replace: "part: 0,",
  },
  {
    rule: "I14",
    name: "an entry has the place of its event, and no part of its own",
    file: journal,
    find: "part: entries.length,",
    replace: "part: events.indexOf(event),",
  },
  {
    rule: "I14",
    name: "an entry has the number of the commit before",
    file: journal,
    find: "entries.push({ room, life, number,",
    replace: "entries.push({ room, life, number: number - 1,",
  },
  {
    rule: "I14",
    name: "the journal has a replacement as an append",
    file: journal,
    find: 'return action === "relay" ? undefined : { action, key, seq, value, from };',
    replace: 'return action === "relay" ? undefined : { action: "append", key, seq, value, from };',
  },
  {
    rule: "I14",
    name: "the journal does not say who compacted",
    file: journal,
    find: 'return { action: "compact", key, seq, value, from };',
    replace: 'return { action: "compact", key, seq, value, from: null };',
  },
  {
    rule: "I14",
    name: "the journal has a compaction one seq too far",
    file: journal,
    find: 'return { action: "compact", key, seq, value, from };',
    replace: 'return { action: "compact", key, seq: seq + 1, value, from };',
  },
  {
    rule: "I14",
    name: "an event has its sender's cid for a name",
    file: turn,
    find: "    const from = connection.session?.name ?? null;\n",
    replace: "    const from = connection.session?.cid ?? null;\n",
  },
  {
    rule: "I14",
    name: "a commit has the life of the data, and not of the opening",
    file: turn,
    find: "      life,\n      head: this.#streams.head,",
    replace: "      life: state.epoch,\n      head: this.#streams.head,",
  },
  {
    rule: "I14",
    name: "a room that is opened again has the life of its creation",
    file: localEngine,
    find: "new Room({ id, life: newLife(),",
    replace: "new Room({ id, life: state.epoch,",
  },
  {
    rule: "M5",
    name: "a commit of compactions alone has no number",
    file: turn,
    find: '      this.#retains = true;\n      this.#emit({ type: "compacted"',
    replace: '      this.#emit({ type: "compacted"',
  },
];
