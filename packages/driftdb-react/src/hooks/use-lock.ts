import { Lock, type LockStatus } from "driftdb";
import { useMemo } from "react";
import { useDatabaseFor } from "../room/context.js";
import { useStore } from "../stores/use-store.js";

/** The result of {@link useLock}. */
export interface SharedLock extends LockStatus {
  /**
   * Asks for the lock. A free lock is granted immediately; otherwise, clients get it in the order in which
   * they asked.
   */
  acquire(): void;
  /** Releases the lock, or stops waiting for it. */
  release(): void;
}

/** The result of {@link useHost}. */
export interface HostStatus {
  /** Whether this client is the host. It never is without a connection. */
  readonly isHost: boolean;
  /** The client id of the host, as {@link useUniqueClientId} returns it; null until it is known. */
  readonly host: string | null;
}

/**
 * A lock that one client of the room has at a time, such as the right to edit or to speak. Clients get it in
 * the order in which they asked. It passes on when its holder releases it, unmounts, disconnects or is lost.
 *
 * @param key - The name of the lock within the room. The hook follows a changed key in the same render.
 * @returns Whether this client has the lock (`held`) or waits for it (`waiting`), the client id of its holder
 *   (`holder`, or null), and `acquire` and `release`, which stay the same functions while key and connection
 *   do.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useLock } from "driftdb-react";
 *
 * export function Microphone() {
 *   const { held, waiting, acquire, release } = useLock("microphone");
 *   if (held) return <button onClick={release}>Stop speaking</button>;
 *   return <button onClick={acquire}>{waiting ? "Waiting…" : "Speak"}</button>;
 * }
 * ```
 */
export function useLock(key: string): SharedLock {
  const [status, { acquire, release }] = useStatus("useLock", key, false);
  return useMemo(() => ({ ...status, acquire, release }), [status, acquire, release]);
}

/**
 * Makes exactly one client of the room the host: the first of those that use this hook, and when it leaves,
 * the next one. Use it for work that one client does for all, such as the tick of a game.
 *
 * @param key - A name, if the room has several hosts. Default `host`.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useHost } from "driftdb-react";
 *
 * export function HostBadge() {
 *   const { isHost, host } = useHost();
 *   return <p>{isHost ? "You are the host" : `Host: ${host ?? "…"}`}</p>;
 * }
 * ```
 */
export function useHost(key = "host"): HostStatus {
  const [{ held, holder }] = useStatus("useHost", key, true);
  return useMemo(() => ({ isHost: held, host: holder }), [held, holder]);
}

function useStatus(hook: string, key: string, acquire: boolean): [LockStatus, Lock] {
  const db = useDatabaseFor(hook);
  const lock = useMemo(() => new Lock({ db, key, acquire }), [db, key, acquire]);
  return [useStore(db, lock, () => FREE), lock];
}

const FREE: LockStatus = { held: false, waiting: false, holder: null };
