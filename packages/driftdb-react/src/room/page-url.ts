/** The query parameter with the room's id, so that a shared link leads into the room. */
const ROOM_PARAM = "_driftdb_room";

/** Returns the room's id in the page's URL; null if there is none. */
export function roomInUrl(): string | null {
  return new URLSearchParams(location.search).get(ROOM_PARAM) || null;
}

/** Puts the room's id into the page's URL without a navigation. A router's state in the history stays. */
export function putRoomInUrl(room: string): void {
  if (roomInUrl() !== room) history.replaceState(history.state, "", urlWithRoom(room));
}

/**
 * Returns the page's URL with the room's id in it. The hash and the rest of the query keep their spelling,
 * which a `URLSearchParams` would change.
 */
export function urlWithRoom(room: string): string {
  const url = new URL(location.href);
  if (roomInUrl() !== room) {
    const others = url.search
      .slice(1)
      .split("&")
      .filter((pair) => pair !== "" && pair.split("=")[0] !== ROOM_PARAM);
    url.search = [...others, `${ROOM_PARAM}=${encodeURIComponent(room)}`].join("&");
  }
  return url.href;
}
