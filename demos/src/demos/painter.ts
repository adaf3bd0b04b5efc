import { type Drawing, SIZE, type Stroke } from "./drawing.js";

/** Puts a drawing onto a canvas: what is new of it, where what was there stays below. */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #painted: Drawing = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  /** @param anew whether all of it is to be painted: the colours have changed, or the size. */
  paint(drawing: Drawing, anew = false): void {
    const { width, height } = this.#canvas;
    const context = this.#context;
    if (!context) return;
    context.setTransform(width / SIZE.width, 0, 0, height / SIZE.height, 0, 0);
    context.lineCap = context.lineJoin = "round";
    const colours = getComputedStyle(this.#canvas);
    const painted = anew || !isBelow(this.#painted, drawing) ? [] : this.#painted;
    if (painted.length === 0) context.clearRect(0, 0, SIZE.width, SIZE.height);
    for (const [i, stroke] of drawing.entries()) {
      const before = painted[i];
      if (before === stroke) continue;
      context.strokeStyle =
        colours.getPropertyValue(`--pen-${stroke.colour}`) || colours.getPropertyValue("--ink");
      context.lineWidth = stroke.width;
      line(context, before ? stroke.points.slice(before.points.length - 2) : stroke.points);
    }
    this.#painted = drawing;
  }

  /**
   * Takes the size that the canvas has on the screen, in the screen's own pixels. Returns whether it is
   * another.
   */
  fit(): boolean {
    const width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    const height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    if (width === this.#canvas.width && height === this.#canvas.height) return false;
    // To set a size empties the canvas.
    Object.assign(this.#canvas, { width, height });
    return true;
  }
}

/** Whether a drawing is another one with something on top: more strokes, or its last one longer. */
function isBelow(below: Drawing, drawing: Drawing): boolean {
  return below.every((stroke, i) => {
    const now = drawing[i];
    return stroke === now || (now !== undefined && i === below.length - 1 && isStartOf(stroke, now));
  });
}

function isStartOf(stroke: Stroke, longer: Stroke): boolean {
  return stroke.id === longer.id && stroke.points.every((number, i) => number === longer.points[i]);
}

function line(context: CanvasRenderingContext2D, points: readonly number[]): void {
  context.beginPath();
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [points[i] ?? 0, points[i + 1] ?? 0];
    // A line to where it begins is a dot.
    if (i === 0) context.moveTo(x, y);
    context.lineTo(x, y);
  }
  context.stroke();
}
