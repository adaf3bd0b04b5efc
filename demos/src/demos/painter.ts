import { type Drawing, SIZE, type Stroke } from "./drawing.js";

/** Paints a drawing onto a canvas. If the drawing only adds to the painted one, it paints the additions. */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #painted: Drawing = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  /** @param isFull paints all strokes again. Needed after the size or the colours have changed. */
  paint(drawing: Drawing, isFull = false): void {
    const { width, height } = this.#canvas;
    const context = this.#context;
    if (!context) return;
    context.setTransform(width / SIZE.width, 0, 0, height / SIZE.height, 0, 0);
    context.lineCap = context.lineJoin = "round";
    const colours = getComputedStyle(this.#canvas);
    const painted = isFull || !isExtendedBy(this.#painted, drawing) ? [] : this.#painted;
    if (painted.length === 0) context.clearRect(0, 0, SIZE.width, SIZE.height);
    for (const [i, stroke] of drawing.entries()) {
      const before = painted[i];
      if (before === stroke) continue;
      context.strokeStyle =
        colours.getPropertyValue(`--pen-${stroke.colour}`) || colours.getPropertyValue("--ink");
      context.lineWidth = stroke.width;
      strokeLine(context, before ? stroke.points.slice(before.points.length - 2) : stroke.points);
    }
    this.#painted = drawing;
  }

  /**
   * Sets the canvas's size to its size on the screen, in device pixels.
   *
   * @returns whether the size has changed. The canvas is then empty.
   */
  fit(): boolean {
    const width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    const height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    if (width === this.#canvas.width && height === this.#canvas.height) return false;
    Object.assign(this.#canvas, { width, height });
    return true;
  }
}

/** Whether a drawing only adds strokes on top of a base, or makes the base's last stroke longer. */
function isExtendedBy(base: Drawing, drawing: Drawing): boolean {
  return base.every((stroke, i) => {
    const now = drawing[i];
    return stroke === now || (now !== undefined && i === base.length - 1 && isStartOf(stroke, now));
  });
}

function isStartOf(stroke: Stroke, longer: Stroke): boolean {
  return stroke.id === longer.id && stroke.points.every((number, i) => number === longer.points[i]);
}

function strokeLine(context: CanvasRenderingContext2D, points: readonly number[]): void {
  context.beginPath();
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [points[i] ?? 0, points[i + 1] ?? 0];
    // A line to its own start paints a dot.
    if (i === 0) context.moveTo(x, y);
    context.lineTo(x, y);
  }
  context.stroke();
}
