/** The action of an operation. A relay is broadcast and not retained (M3). */
export type Kind = "append" | "replace" | "relay";

/** One message, as its sender knows it. All times come from one clock. */
export interface Operation {
  readonly client: number;
  readonly key: string;
  readonly kind: Kind;
  readonly sent: number;
  /** The time of the acknowledgement, and its seq. A relay has none: Infinity and 0. */
  acknowledged: number;
  seq: number;
}

/** One delivery to a listener: an operation and its seq, or `null` for a reset. */
export type Given = { readonly operation: number; readonly seq: number } | null;

/** All deliveries of one key to one client, which listened from the start to the end. */
export interface View {
  readonly client: number;
  readonly key: string;
  readonly given: Given[];
}

/** The answer to a read of all retained messages of a key. */
export interface Read {
  readonly key: string;
  readonly asked: number;
  readonly answered: number;
  readonly found: readonly { readonly operation: number; readonly seq: number }[];
}

/** All that happened in one room. */
export interface History {
  readonly operations: Operation[];
  readonly views: View[];
  readonly reads: Read[];
}

/** The retained messages of one key in the room's order. */
interface Line {
  readonly operations: number[];
  /** The index of each operation. */
  readonly places: Map<number, number>;
}

/**
 * Finds what contradicts these rules: a room is one total order (M1); each message stands in it once (S3), at
 * a moment between its sending and its acknowledgement; listeners and readers receive that order and nothing
 * else.
 *
 * @returns a sentence for each anomaly.
 */
export function check({ operations, views, reads }: History): string[] {
  const anomalies: string[] = [];
  const retained: number[] = [];
  operations.forEach(({ kind, seq }, id) => {
    if (kind === "relay") return;
    if (seq > 0) retained.push(id);
    else anomalies.push(`operation ${id} was never acknowledged`);
  });
  const at = (id: number) => operations[id] as Operation;
  retained.sort((a, b) => at(a).seq - at(b).seq);

  const lines = new Map<string, Line>();
  const latest = new Map<number, number>();
  let before = -1;
  let latestSent = 0;
  for (const id of retained) {
    const { client, key, seq, sent, acknowledged } = at(id);
    if (before >= 0 && at(before).seq === seq) anomalies.push(`${before} and ${id} have the same seq ${seq}`);
    if (acknowledged < latestSent)
      anomalies.push(`${id} was acknowledged before an earlier message of the order was sent`);
    latestSent = Math.max(latestSent, sent);
    // Operations of a client are numbered in the order of sending.
    if ((latest.get(client) ?? -1) > id)
      anomalies.push(`client ${client}: ${id} is behind ${latest.get(client)}`);
    latest.set(client, id);
    before = id;
    const line: Line = lines.get(key) ?? { operations: [], places: new Map() };
    line.places.set(id, line.operations.push(id) - 1);
    lines.set(key, line);
  }

  const line = (key: string): Line => lines.get(key) ?? { operations: [], places: new Map() };
  /** The operation of each seq. Only receivers of a relay know its seq. */
  const carried = new Map(retained.map((id) => [at(id).seq, id]));
  for (const view of views) checkView(view, operations, line(view.key), carried, anomalies);
  for (const read of reads) checkRead(read, operations, line(read.key), anomalies);
  return anomalies;
}

function checkView(
  { client, key, given }: View,
  operations: readonly Operation[],
  { operations: order, places }: Line,
  carried: Map<number, number>,
  anomalies: string[],
): void {
  const wrong = (what: string) => anomalies.push(`client ${client}, key ${key}: ${what}`);
  let through = 0;
  let place = -1;
  for (const item of given) {
    if (item === null) {
      through = 0;
      place = -1;
      continue;
    }
    const { operation: id, seq } = item;
    const operation = operations[id];
    if (operation?.key !== key) {
      wrong(`received ${id}, which was not sent to this key`);
      continue;
    }
    if ((carried.get(seq) ?? id) !== id) wrong(`seq ${seq} carried ${id} and ${carried.get(seq)}`);
    carried.set(seq, id);
    if (seq <= through) wrong(`received seq ${seq} after ${through}`);
    through = Math.max(through, seq);
    if (operation.kind === "relay") continue;
    if (operation.seq !== seq) wrong(`received ${id} with seq ${seq}, and its ack named ${operation.seq}`);
    const next = places.get(id) ?? -1;
    // The first delivery may follow a replacement of the stream.
    const follows = place < 0 ? next === 0 || operation.kind === "replace" : next === place + 1;
    if (!follows) wrong(`received ${id} after ${order[place]}, and misses something between them`);
    place = next;
  }
  if (place !== order.length - 1) wrong("did not receive the end of the stream");
}

function checkRead(
  { key, asked, answered, found }: Read,
  operations: readonly Operation[],
  { operations: order, places }: Line,
  anomalies: string[],
): void {
  const wrong = (what: string) => anomalies.push(`a read of ${key}: ${what}`);
  const last = found.at(-1);
  const end = last ? (places.get(last.operation) ?? -1) : -1;
  if (last && end < 0) return void wrong(`found ${last.operation}, which is not retained`);
  // The retained messages at the time when `last` was the newest one.
  let start = end;
  while (start > 0 && operations[order[start] as number]?.kind !== "replace") start--;
  const expected = end < 0 ? [] : order.slice(start, end + 1);
  const same =
    expected.length === found.length &&
    expected.every((id, i) => found[i]?.operation === id && found[i]?.seq === operations[id]?.seq);
  if (!same) wrong("did not find what was retained at any moment");
  if (last && (operations[last.operation] as Operation).sent > answered)
    wrong("found a message that was sent after the answer");
  const missed = operations[order[end + 1] ?? -1];
  if (missed && missed.acknowledged < asked)
    wrong("did not find a message that was acknowledged before the question");
}
