/** What an operation did: a relay is broadcast and not retained (M3). */
export type Kind = "append" | "replace" | "relay";

/** One message, as its sender knows it. Times are of one clock. */
export interface Operation {
  readonly client: number;
  readonly key: string;
  readonly kind: Kind;
  readonly sent: number;
  /** When it was acknowledged, and with which seq; infinite and 0 for a relay, which never is. */
  acknowledged: number;
  seq: number;
}

/** What a listener was given: an operation, with the seq that it had then; `null` where it was told to start over. */
export type Given = { readonly operation: number; readonly seq: number } | null;

/** What one client was given of one key, which it has listened to from the start to the end. */
export interface View {
  readonly client: number;
  readonly key: string;
  readonly given: Given[];
}

/** What a reader was answered who asked for all that is retained of a key. */
export interface Read {
  readonly key: string;
  readonly asked: number;
  readonly answered: number;
  readonly found: readonly { readonly operation: number; readonly seq: number }[];
}

/** What happened in one room. */
export interface History {
  readonly operations: Operation[];
  readonly views: View[];
  readonly reads: Read[];
}

/** The retained messages of one key in the room's order. */
interface Line {
  readonly operations: number[];
  /** Where an operation stands in it. */
  readonly places: Map<number, number>;
}

/**
 * Looks for what cannot be, if a room is one total order (M1), in which each message stands once (S3) and at a moment
 * between its sending and its acknowledgement, and if listeners and readers are given that order and nothing else.
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
      anomalies.push(`${id} was acknowledged before one was sent that precedes it`);
    latestSent = Math.max(latestSent, sent);
    // A client's operations are numbered as it sent them.
    if ((latest.get(client) ?? -1) > id)
      anomalies.push(`client ${client}: ${id} is behind ${latest.get(client)}`);
    latest.set(client, id);
    before = id;
    const line: Line = lines.get(key) ?? { operations: [], places: new Map() };
    line.places.set(id, line.operations.push(id) - 1);
    lines.set(key, line);
  }

  const line = (key: string): Line => lines.get(key) ?? { operations: [], places: new Map() };
  /** What each seq carried: of a relay, only those know it who were given it. */
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
      wrong(`was given ${id}, which nobody sent there`);
      continue;
    }
    if ((carried.get(seq) ?? id) !== id) wrong(`seq ${seq} carried ${id} and ${carried.get(seq)}`);
    carried.set(seq, id);
    if (seq <= through) wrong(`was given seq ${seq} after ${through}`);
    through = Math.max(through, seq);
    if (operation.kind === "relay") continue;
    if (operation.seq !== seq) wrong(`was given ${id} with seq ${seq}, and its ack said ${operation.seq}`);
    const next = places.get(id) ?? -1;
    // At its beginning, the stream may already have been replaced.
    const follows = place < 0 ? next === 0 || operation.kind === "replace" : next === place + 1;
    if (!follows) wrong(`was given ${id} after ${order[place]}, and something is between them`);
    place = next;
  }
  if (place !== order.length - 1) wrong("was not given the end");
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
  if (last && end < 0) return void wrong(`found ${last.operation}, which is not there`);
  // What was retained when the last of them was the newest one.
  let start = end;
  while (start > 0 && operations[order[start] as number]?.kind !== "replace") start--;
  const expected = end < 0 ? [] : order.slice(start, end + 1);
  const same =
    expected.length === found.length &&
    expected.every((id, i) => found[i]?.operation === id && found[i]?.seq === operations[id]?.seq);
  if (!same) wrong("did not find what was retained at any moment");
  if (last && (operations[last.operation] as Operation).sent > answered) wrong("found what was sent later");
  const missed = operations[order[end + 1] ?? -1];
  if (missed && missed.acknowledged < asked) wrong("did not find what was acknowledged before");
}
