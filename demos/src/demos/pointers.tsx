import type { Others } from "driftdb";
import { memo, type PointerEvent, type ReactNode, useState } from "react";
import { clientsOf, personOf } from "./people.js";
import "./pointers.css";

/** Where a pointer is, as fractions of the plane's width and height, so that a phone and a desktop agree. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** `usePresence`, or a hook that does the same another way. Null: here, and pointing nowhere. */
export type UsePlaces = <S>(
  key: string,
  place: Place | null | undefined,
  options: { readonly select: (others: Others<Place | null>) => S },
) => S;

interface Room {
  /** The presence's key. */
  readonly name: string;
  /** The same hook for as long as the component is there. */
  readonly usePlaces: UsePlaces;
}

/**
 * A box in which everybody's pointer is shown to everybody: a mouse while it is over it, a finger while it is
 * down.
 */
export function Plane({ name, usePlaces, children }: Room & { readonly children?: ReactNode }) {
  const [place, setPlace] = useState<Place | null>(null);
  const others = usePlaces(name, place, { select: clientsOf });
  const follow = (event: PointerEvent) => event.isPrimary && setPlace(placeIn(event));
  const lift = (event: PointerEvent) => event.isPrimary && event.pointerType !== "mouse" && setPlace(null);

  return (
    <div
      className="plane"
      onPointerDown={follow}
      onPointerMove={follow}
      onPointerUp={lift}
      onPointerCancel={lift}
      onPointerLeave={() => setPlace(null)}
    >
      {children}
      {others.map((client) => (
        <Pointer key={client} client={client} name={name} usePlaces={usePlaces} />
      ))}
    </div>
  );
}

/** Somebody's pointer. It renders when that one moves, and not when another does. */
const Pointer = memo(({ client, name, usePlaces }: Room & { readonly client: string }) => {
  const place = usePlaces(name, undefined, { select: (others) => others[client]?.value });
  if (!place) return null;
  const person = personOf(client);
  const transform = `translate(${place.x * 100}cqw, ${place.y * 100}cqh)`;
  return (
    <div className="pointer" style={{ transform, color: person.colour }} aria-hidden="true">
      <svg width="18" height="22" viewBox="0 0 18 22" aria-hidden="true">
        <path d="M1.5 1.5v16l4.3-4 3 6.6 3.2-1.4-3-6.5h5.6z" />
      </svg>
      <span
        className={`pointer-name ${place.x > 0.6 ? "left" : ""} ${place.y > 0.85 ? "above" : ""}`}
        style={{ background: person.colour }}
      >
        {person.name}
      </span>
    </div>
  );
});

/** To a ten-thousandth: less than a pixel. Null outside, where a finger that is down may be. */
function placeIn({ currentTarget, clientX, clientY }: PointerEvent): Place | null {
  const box = currentTarget.getBoundingClientRect();
  const x = Math.round(((clientX - box.left) / box.width) * 10_000) / 10_000;
  const y = Math.round(((clientY - box.top) / box.height) * 10_000) / 10_000;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}
