import type { Others } from "driftdb";
import { memo, type PointerEvent, type ReactNode, useState } from "react";
import { clientsOf, personOf } from "./people.js";
import "./pointers.css";

/** A pointer's place, as fractions of the plane's width and height, so that it fits every screen. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** `usePresence` or `useWebRtcPresence`. A client that is here but does not point has `null`. */
export type UsePlaces = <S>(
  key: string,
  place: Place | null | undefined,
  options: { readonly select: (others: Others<Place | null>) => S },
) => S;

interface PresenceProps {
  /** The key of the presence. */
  readonly name: string;
  /** Must be the same hook in every render. */
  readonly usePlaces: UsePlaces;
}

/** A box that shows everybody's pointer: a mouse while it is over the box, a finger while it is down. */
export function Plane({ name, usePlaces, children }: PresenceProps & { readonly children?: ReactNode }) {
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

/** Another client's pointer. It renders only when that client moves. */
const Pointer = memo(({ client, name, usePlaces }: PresenceProps & { readonly client: string }) => {
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

/**
 * An event's place in its element, rounded to less than a pixel. `null` if it is outside, which happens while
 * a finger is down.
 */
function placeIn({ currentTarget, clientX, clientY }: PointerEvent): Place | null {
  const box = currentTarget.getBoundingClientRect();
  const x = Math.round(((clientX - box.left) / box.width) * 10_000) / 10_000;
  const y = Math.round(((clientY - box.top) / box.height) * 10_000) / 10_000;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}
