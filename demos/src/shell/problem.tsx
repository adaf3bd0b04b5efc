import { type DriftDBError, RoomNotFoundError } from "driftdb";

/** Replaces the demos when the server refuses to let the page into the room. */
export function Problem({ error }: { error: DriftDBError }) {
  const isUnknown = error instanceof RoomNotFoundError;
  return (
    <section className="problem" role="alert">
      <h1>{isUnknown ? "There is no such room" : "This room cannot be opened"}</h1>
      <p className="lead">
        {isUnknown
          ? "The link is incomplete, or the server no longer has the room."
          : `The reason: ${error.message}.`}
      </p>
      <button type="button" className="button primary" onClick={startNewRoom}>
        Start a new room
      </button>
    </section>
  );
}

/** Reloads the page without the room in its address. The provider then creates a new room. */
function startNewRoom() {
  const url = new URL(location.href);
  url.searchParams.delete("_driftdb_room");
  location.assign(url);
}
