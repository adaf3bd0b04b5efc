/** The drawing's width and height in its own units. Points are whole numbers of them on every screen. */
export const SIZE = { width: 2400, height: 2000 } as const;

/** A line in one colour, or a part of one. While two people draw, parts of their lines alternate. */
export interface Stroke {
  /** All parts of a line have the same id. */
  readonly id: string;
  /** The id of the client that drew it. */
  readonly by: string;
  readonly colour: string;
  readonly width: number;
  /** x, y, x, y, … Each later part of a line begins at the last point of the part before. */
  readonly points: readonly number[];
}

/** The strokes, with the topmost last. */
export type Drawing = readonly Stroke[];

export type Change =
  | { readonly type: "draw"; readonly stroke: Stroke }
  | { readonly type: "undo"; readonly by: string }
  | { readonly type: "clear" };

/**
 * The most ink on the board. Each coordinate counts 1, and each stroke `STROKE_INK` more. The limit keeps the
 * drawing to a few hundred kB of JSON, since a compaction sends it in one message.
 */
const MAX_INK = 40_000;
const STROKE_INK = 25;
/**
 * The ink that remains when a drawing exceeds the limit. Each removal repaints the whole board, so the
 * reducer removes a tenth of it at a time.
 */
const TRIMMED_INK = 36_000;

/** The reducer. It is pure, so that everybody has the same drawing. */
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

/** Removes the oldest strokes of a drawing that exceeds the limit. */
function limit(drawing: Drawing): Drawing {
  const inkOf = ({ points }: Stroke) => points.length + STROKE_INK;
  let ink = drawing.reduce((sum, stroke) => sum + inkOf(stroke), 0);
  if (ink <= MAX_INK) return drawing;
  const from = drawing.findIndex((stroke) => {
    if (ink <= TRIMMED_INK) return true;
    ink -= inkOf(stroke);
    return false;
  });
  return from < 0 ? [] : drawing.slice(from);
}

/**
 * Removes points from a line. Each removed point stays within one unit of the new line. This is the
 * Ramer–Douglas–Peucker algorithm.
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
    // The chord's nearest point, as a fraction of its length.
    const t = Math.max(0, Math.min(1, (x * dx + y * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(x - t * dx, y - t * dy);
    if (distance > farthest) [far, farthest] = [i, distance];
  }
  if (!far) return [...at(0), ...at(last)];
  return [...simplify(points.slice(0, far + 2)), ...simplify(points.slice(far)).slice(2)];
}
