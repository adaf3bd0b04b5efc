import { describe, expect, test } from "vitest";
import { Session } from "./session.js";
import { Sessions } from "./sessions.js";
import { SessionsDraft } from "./sessions-draft.js";

/** Sessions that a room remembers (S3). */
const MAX_SESSIONS = 10_000;

/** Sessions with one message each, from the least to the most recently used. */
function sessionsOf(...cids: string[]): Sessions {
  const sessions = new Sessions();
  for (const cid of cids) sessions.use(cid, new Session(1, [1]));
  return sessions;
}

describe("SessionsDraft", () => {
  test("S3 records the next messages of a session, and changes the session in land() only", () => {
    const sessions = sessionsOf("a");
    const draft = new SessionsDraft(sessions);
    expect(draft.hasChanges).toBe(false);
    draft.draftFor("a", 2).record(7);
    draft.draftFor("a", 3).record(8);
    expect(draft.get("a")).toMatchObject({ acked: 3, seqs: [1, 7, 8] });
    expect(draft.hasChanges).toBe(true);
    expect(sessions.get("a")?.acked).toBe(1);
    draft.changes();
    draft.land();
    expect(sessions.get("a")?.seqs).toEqual([1, 7, 8]);
  });

  test("S3 a message that is not the next one changes nothing", () => {
    const draft = new SessionsDraft(sessionsOf("a"));
    expect(draft.draftFor("a", 1).seqOf(1)).toBe(1);
    expect(draft.draftFor("a", 3).acked).toBe(1);
    expect(draft.draftFor("unknown", 2).acked).toBe(0);
    expect(draft.hasChanges).toBe(false);
    expect(draft.changes().size).toBe(0);
  });

  test("S3 forgets the least recently used session for a new one beyond 10,000", () => {
    const sessions = sessionsOf(...Array.from({ length: MAX_SESSIONS }, (_, i) => `cid ${i}`));
    const draft = new SessionsDraft(sessions);
    draft.draftFor("cid 0", 2).record(2);
    draft.draftFor("new", 1).record(3);
    const changes = draft.changes();
    expect([...changes.keys()]).toEqual(["cid 0", "new", "cid 1"]);
    expect(changes.get("cid 1")).toBeNull();
    draft.land();
    expect(sessions.get("cid 1")).toBeUndefined();
    expect(sessions.get("cid 0")?.acked).toBe(2);
  });
});
