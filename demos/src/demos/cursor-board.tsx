import { useUniqueClientId } from "driftdb-react";
import { clientsOf, personOf } from "./people.js";
import { Plane, type UsePlaces } from "./pointers.js";

/** A board with everybody's pointer, and a list of the people in the room. */
export function CursorBoard({ name, usePlaces }: { readonly name: string; readonly usePlaces: UsePlaces }) {
  const others = usePlaces(name, undefined, { select: clientsOf });
  const me = useUniqueClientId();
  const isAlone = others.length === 0;

  return (
    <div className="wide cursors">
      <Plane name={name} usePlaces={usePlaces}>
        <p className="plane-hint">
          {isAlone ? "Open this page in a second window, and move." : "Move, or drag a finger."}
        </p>
      </Plane>
      <p className="headcount" role="status">
        {isAlone ? "1 person here" : `${others.length + 1} people here`}
      </p>
      <ul className="people" aria-label="Who is here">
        <PersonItem client={me} note=" (you)" />
        {others.map((client) => (
          <PersonItem key={client} client={client} />
        ))}
      </ul>
    </div>
  );
}

function PersonItem({ client, note }: { readonly client: string; readonly note?: string }) {
  const { name, colour } = personOf(client);
  return (
    <li>
      <i className="dot" style={{ background: colour }} />
      {name}
      {note}
    </li>
  );
}
