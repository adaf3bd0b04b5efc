import { type DriftDBError, RoomNotFoundError } from "driftdb";

/** What is shown in place of the demos when there is no way into the room. */
export function Problem({ error }: { error: DriftDBError }) {
  const isUnknown = error instanceof RoomNotFoundError;
  return (
    <section className="problem" role="alert">
      <h1>{isUnknown ? "There is no such room" : "This room cannot be opened"}</h1>
      <p className="lead">
        {isUnknown
          ? "The link is not complete, or the server does not have the room any more."
          : `The reason given: ${error.message}.`}
      </p>
      <button type="button" className="button primary" onClick={startNewRoom}>
        Start a new room
      </button>
    </section>
  );
}

/** Loads the page without the room in its address; the provider then makes a new one. */
function startNewRoom() {
  const url = new URL(location.href);
  url.searchParams.delete("_driftdb_room");
  location.assign(url);
}
