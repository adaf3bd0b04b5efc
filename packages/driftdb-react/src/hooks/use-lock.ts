import { Lock, type LockStatus } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { useStore } from "../stores/use-store.js";

/** What {@link useLock} returns. */
export interface SharedLock extends LockStatus {
  /** Asks for the lock: it is had at once if it is free, and else when those who asked before have let go. */
  acquire(): void;
  /** Lets go of it, or does not wait for it any more. */
  release(): void;
}

/**
 * What one client of the room has at a time: the right to edit, to speak, to be next. Those who ask have it in the
 * order in which they asked. It passes on when its holder releases it, unmounts, disconnects or is gone.
 *
 * @param key - Names the lock within the room. A changed key is followed in the same render.
 * @returns Whether this client has it (`held`) or waits for it (`waiting`), the client id of the one that has it
 *   (`holder`, or null), and `acquire` and `release`, which stay the same functions while key and connection do.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useLock(key: string): SharedLock {
  const [status, { acquire, release }] = useStatus("useLock", key, false);
  return useMemo(() => ({ ...status, acquire, release }), [status, acquire, release]);
}

/**
 * Exactly one client of those in the room that use it is its host: the one that was there first. When it goes, the
 * next one is. For what one client has to do on behalf of all: the tick of a game, a clean-up.
 *
 * @param key - Names the office, where a room has several. Default `host`.
 * @returns Whether this client is the host, which it never is without a connection, and the client id of the host,
 *   null until it is known. Compare it with {@link useUniqueClientId}.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useHost(key = "host"): { readonly isHost: boolean; readonly host: string | null } {
  const [{ held, holder }] = useStatus("useHost", key, true);
  return useMemo(() => ({ isHost: held, host: holder }), [held, holder]);
}

function useStatus(hook: string, key: string, acquire: boolean): [LockStatus, Lock] {
  const db = useDatabaseFor(hook);
  const lock = useMemo(() => new Lock({ db, key, acquire }), [db, key, acquire]);
  return [useStore(db, lock, () => FREE), lock];
}

const FREE: LockStatus = { held: false, waiting: false, holder: null };
