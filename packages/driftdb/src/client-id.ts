const KEY = "_driftdb_client_id";

let current: string | undefined;

/**
 * An id of this tab, the same after a reload. Two tabs never share one, not even when one is a duplicate of the
 * other: browsers copy a tab's session storage then, so the id is only in there while the page is being left.
 * Without session storage it lasts as long as the page, or the process.
 */
export function uniqueClientId(): string {
  if (current === undefined) {
    current = take() ?? randomId();
    globalThis.addEventListener?.("pagehide", () => storage()?.setItem(KEY, current as string));
    // The page is back from the back-forward cache.
    globalThis.addEventListener?.("pageshow", take);
  }
  return current;
}

function take(): string | null {
  const id = storage()?.getItem(KEY) ?? null;
  storage()?.removeItem(KEY);
  return id;
}

function storage(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    // Blocked by the user.
    return undefined;
  }
}

/** More than 128 random bits, as 24 letters, digits and hyphens. Pages on plain http have no crypto.randomUUID. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replace(/\W/g, "-");
}
