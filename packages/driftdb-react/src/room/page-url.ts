/** The query parameter that carries the room's id, so that a shared link leads into the room. */
const ROOM_PARAM = "_driftdb_room";

/** The room's id in the page's URL, or null if there is none. */
export function roomInUrl(): string | null {
  return new URLSearchParams(location.search).get(ROOM_PARAM) || null;
}

/** Puts the room's id into the page's URL without a navigation. The state that a router keeps in the history stays. */
export function putRoomInUrl(room: string): void {
  if (roomInUrl() !== room) history.replaceState(history.state, "", urlWithRoom(room));
}

/**
 * The page's URL with the room's id in it. The rest of the query stays as it is spelled (a `URLSearchParams` would
 * rewrite it), and so does the hash.
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
