/**
 * The drawing's own width and height. Points are whole numbers of these units, whatever the size of the
 * screen.
 */
export const SIZE = { width: 2400, height: 2000 } as const;

/** A line in one colour, or a part of one: while two people draw, their parts take turns. */
export interface Stroke {
  /** The same for all parts of a line. */
  readonly id: string;
  /** The client that drew it. */
  readonly by: string;
  readonly colour: string;
  readonly width: number;
  /** x, y, x, y, … A later part begins where the one before it ended. */
  readonly points: readonly number[];
}

/** From the lowest stroke to the one on top. */
export type Drawing = readonly Stroke[];

export type Change =
  | { readonly type: "draw"; readonly stroke: Stroke }
  | { readonly type: "undo"; readonly by: string }
  | { readonly type: "clear" };

/**
 * How much ink the board takes, in numbers, where a stroke costs so many beside its points. It is a few
 * hundred kB of JSON at the most: the drawing has to fit into one message when the room compacts it.
 */
const INK = 40_000;
const STROKE_INK = 25;
/**
 * What is kept when there is more: the newest strokes. A tenth goes at a time, since it all has to be painted
 * anew.
 */
const KEPT_INK = 36_000;

/** The reducer: pure, so that everybody has the same drawing. */
export function draw(drawing: Drawing, change: Change): Drawing {
  if (change.type === "clear") return [];
  if (change.type === "undo") {
    const last = drawing.findLast(({ by }) => by === change.by);
    return last ? drawing.filter(({ id }) => id !== last.id) : drawing;
  }
  const { stroke } = change;
  const top = drawing.at(-1);
  if (top?.id !== stroke.id) return limit([...drawing, stroke]);
  const longer = { ...top, points: [...top.points, ...stroke.points.slice(2)] };
  return limit([...drawing.slice(0, -1), longer]);
}

function limit(drawing: Drawing): Drawing {
  const inkOf = ({ points }: Stroke) => points.length + STROKE_INK;
  let ink = drawing.reduce((sum, stroke) => sum + inkOf(stroke), 0);
  if (ink <= INK) return drawing;
  const from = drawing.findIndex((stroke) => {
    if (ink <= KEPT_INK) return true;
    ink -= inkOf(stroke);
    return false;
  });
  return from < 0 ? [] : drawing.slice(from);
}

/**
 * Leaves out the points without which the line stays within a unit of where it was (Ramer, Douglas and
 * Peucker).
 */
export function simplify(points: readonly number[]): number[] {
  const at = (i: number) => [points[i] ?? 0, points[i + 1] ?? 0] as const;
  const last = points.length - 2;
  if (last < 4) return [...points];
  const [fromX, fromY] = at(0);
  const [dx, dy] = [at(last)[0] - fromX, at(last)[1] - fromY];
  let far = 0;
  let farthest = 1;
  for (let i = 2; i < last; i += 2) {
    const [x, y] = [at(i)[0] - fromX, at(i)[1] - fromY];
    // How far along the chord the nearest point of it is.
    const t = Math.max(0, Math.min(1, (x * dx + y * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(x - t * dx, y - t * dy);
    if (distance > farthest) [far, farthest] = [i, distance];
  }
  if (!far) return [...at(0), ...at(last)];
  return [...simplify(points.slice(0, far + 2)), ...simplify(points.slice(far)).slice(2)];
}
