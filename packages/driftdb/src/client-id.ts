const KEY = "_driftdb_client_id";

let current: string | undefined;

/**
 * The id of this tab: 24 letters, digits and hyphens. It survives a reload.
 *
 * Two tabs never share an id. When a user duplicates a tab, browsers copy its session storage, so the id is
 * in there only while the page is being left. Without session storage the id lasts as long as the page, or
 * the process.
 *
 * @example
 * const presence = new PresenceListener({ db, clientId: uniqueClientId(), initialState: { name: "Ada" } });
 */
export function uniqueClientId(): string {
  if (current === undefined) {
    current = take() ?? randomId();
    globalThis.addEventListener?.("pagehide", () => storage()?.setItem(KEY, current as string));
    // The back-forward cache has kept this page.
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
    // The user blocks it.
    return undefined;
  }
}

/**
 * More than 128 random bits, as 24 letters, digits and hyphens. Pages on plain http have no
 * crypto.randomUUID.
 */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replace(/\W/g, "-");
}
