import { usePresence, useSharedReducer, useUniqueClientId } from "driftdb-react";
import { type CSSProperties, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Drawing, draw, SIZE, type Stroke, simplify } from "./drawing.js";
import { Painter } from "./painter.js";
import { Plane } from "./pointers.js";
import "./whiteboard.css";

/** Milliseconds between two pieces of a line that the user draws. */
const PIECE_INTERVAL_MS = 60;
/**
 * The most coordinates in a line. A longer line continues as a new one, so that undo and the board's limit
 * never remove too much.
 */
const MAX_LINE_LENGTH = 1_000;

const emptyDrawing: Drawing = [];
const colours = ["black", "red", "blue", "green", "amber"];
const widths = { fine: 8, medium: 20, broad: 56 };

/** A drawing by everybody in the room. Each line appears for the others while its author draws it. */
export function WhiteboardDemo() {
  const [drawing, dispatch] = useSharedReducer("whiteboard", draw, emptyDrawing);
  const [colour, setColour] = useState("black");
  const [width, setWidth] = useState(widths.medium);
  const by = useUniqueClientId();
  const canUndo = drawing.some((stroke) => stroke.by === by);

  return (
    <div className="wide whiteboard">
      <Plane name="whiteboard pointers" usePlaces={usePresence}>
        <Canvas drawing={drawing} />
        <Pen pen={{ by, colour, width }} onPiece={(stroke) => dispatch({ type: "draw", stroke })} />
        {drawing.length === 0 && <p className="plane-hint">Draw something.</p>}
      </Plane>
      <div className="tools">
        <Choice
          legend="Colour"
          options={colours.map((name) => [name, name])}
          chosen={colour}
          onChoose={setColour}
          styleOf={(name) => ({ background: `var(--pen-${name})` })}
        />
        <Choice
          legend="Width"
          options={Object.entries(widths)}
          chosen={width}
          onChoose={setWidth}
          styleOf={(size: number) => ({
            scale: String((size / widths.broad) * 0.8 + 0.2),
            background: `var(--pen-${colour})`,
          })}
        />
        <div className="tool-buttons">
          <button
            type="button"
            className="button"
            aria-disabled={!canUndo}
            onClick={() => canUndo && dispatch({ type: "undo", by })}
          >
            Undo
          </button>
          <ClearButton isEmpty={drawing.length === 0} onClear={() => dispatch({ type: "clear" })} />
        </div>
      </div>
    </div>
  );
}

/** A canvas that shows a drawing at the screen's full resolution. */
function Canvas({ drawing }: { readonly drawing: Drawing }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter>(undefined);
  const newest = useRef(drawing);

  useLayoutEffect(() => {
    newest.current = drawing;
    painter.current?.paint(drawing);
  }, [drawing]);

  useLayoutEffect(() => {
    if (!canvas.current) return;
    const own = new Painter(canvas.current);
    painter.current = own;
    const fit = () => own.fit() && own.paint(newest.current, true);
    const repaint = () => own.paint(newest.current, true);
    const observer = new ResizeObserver(fit);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    observer.observe(canvas.current);
    // Zooming the page changes the number of device pixels.
    addEventListener("resize", fit);
    dark.addEventListener("change", repaint);
    own.fit();
    repaint();
    return () => {
      observer.disconnect();
      removeEventListener("resize", fit);
      dark.removeEventListener("change", repaint);
    };
  }, []);

  const lines = new Set(drawing.map(({ id }) => id)).size;
  return <canvas ref={canvas} className="drawing" role="img" aria-label={`The drawing. Lines: ${lines}`} />;
}

/**
 * Draws lines with the mouse, a finger or a pen. It paints the user's line immediately, and sends it in
 * pieces. Each piece begins at the last point of the one before.
 */
function Pen({
  pen,
  onPiece,
}: {
  readonly pen: Omit<Stroke, "id" | "points">;
  onPiece(piece: Stroke): void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter>(undefined);
  /** The next piece to send, and the number of coordinates of the line that were sent. */
  const line = useRef<{ piece: Stroke; sent: number }>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function begin(event: PointerEvent) {
    if (!event.isPrimary || event.button !== 0 || !canvas.current) return;
    canvas.current.setPointerCapture(event.pointerId);
    painter.current ??= new Painter(canvas.current);
    painter.current.fit();
    extend({ ...pen, id: newId(), points: [] }, [event], 0);
  }

  function move(event: PointerEvent) {
    if (!line.current || !event.isPrimary) return;
    // One event may stand for several moves. Safari does not report them. Other browsers do so only on https
    // pages.
    const moves = event.nativeEvent.getCoalescedEvents?.() ?? [];
    extend(line.current.piece, moves.length > 0 ? moves : [event], line.current.sent);
  }

  function extend(piece: Stroke, moves: readonly Move[], sent: number) {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return;
    const points = moves.flatMap(({ clientX, clientY }) => [
      Math.round(((clientX - box.left) / box.width) * SIZE.width),
      Math.round(((clientY - box.top) / box.height) * SIZE.height),
    ]);
    line.current = { piece: { ...piece, points: [...piece.points, ...points] }, sent };
    painter.current?.paint([line.current.piece]);
    timer.current ??= setTimeout(sendPiece, PIECE_INTERVAL_MS);
  }

  function sendPiece() {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (!line.current) return;
    const { piece, sent } = line.current;
    const points = simplify(piece.points);
    if (sent === 0 || points.length > 2) onPiece({ ...piece, points });
    painter.current?.paint([]);
    const isLong = sent + points.length > MAX_LINE_LENGTH;
    const next = { ...piece, points: points.slice(-2), id: isLong ? newId() : piece.id };
    line.current = { piece: next, sent: isLong ? 2 : sent + points.length };
  }

  function end(event: PointerEvent) {
    if (!event.isPrimary) return;
    sendPiece();
    line.current = undefined;
  }

  return (
    <canvas
      ref={canvas}
      className="pen"
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}

type Move = Pick<PointerEvent, "clientX" | "clientY">;

const newId = () => Math.random().toString(36).slice(2, 10);

interface ChoiceProps<T> {
  readonly legend: string;
  /** The name and the value of each option. */
  readonly options: readonly (readonly [string, T])[];
  readonly chosen: T;
  onChoose(value: T): void;
  styleOf(value: T): CSSProperties;
}

/** A group of swatches, of which the user chooses one. */
function Choice<T>({ legend, options, chosen, onChoose, styleOf }: ChoiceProps<T>) {
  return (
    <fieldset className="choice">
      <legend className="hidden">{legend}</legend>
      {options.map(([name, value]) => (
        <label key={name} title={name}>
          <input
            type="radio"
            name={legend}
            aria-label={name}
            checked={value === chosen}
            onChange={() => onChoose(value)}
          />
          <i style={styleOf(value)} />
        </label>
      ))}
    </fieldset>
  );
}

/** Clears the drawing for everybody. The first press asks, and a second one within 4 s confirms. */
function ClearButton({ isEmpty, onClear }: { readonly isEmpty: boolean; onClear(): void }) {
  const [wasPressed, setWasPressed] = useState(false);
  const isAsking = wasPressed && !isEmpty;
  useEffect(() => {
    if (!wasPressed) return;
    const timer = setTimeout(() => setWasPressed(false), 4_000);
    return () => clearTimeout(timer);
  }, [wasPressed]);

  function press() {
    if (isAsking) onClear();
    setWasPressed(!isAsking && !isEmpty);
  }

  return (
    <button type="button" className="button" aria-disabled={isEmpty} onClick={press}>
      {isAsking ? "For all?" : "Clear"}
    </button>
  );
}
