import { usePresence, useSharedReducer, useUniqueClientId } from "driftdb-react";
import { type CSSProperties, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Drawing, draw, SIZE, type Stroke, simplify } from "./drawing.js";
import { Painter } from "./painter.js";
import { Plane } from "./pointers.js";
import "./whiteboard.css";

/** How often what is being drawn is sent, in ms. */
const PIECE = 60;
/**
 * After so many numbers a line goes on as another one, so that no line is too long to be taken back or left
 * out.
 */
const LINE_INK = 1_000;

const emptyDrawing: Drawing = [];
const colours = ["black", "red", "blue", "green", "amber"];
const widths = { fine: 8, medium: 20, broad: 56 };

/** A drawing by everybody in the room. Lines arrive while they are drawn. */
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
          look={(name) => ({ background: `var(--pen-${name})` })}
        />
        <Choice
          legend="Width"
          options={Object.entries(widths)}
          chosen={width}
          onChoose={setWidth}
          look={(size: number) => ({
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

/** A canvas that shows a drawing, as sharp as the screen is. */
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
    // A zoomed page has other pixels.
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
 * Draws with the mouse, a finger or a pen. What is under way is painted here at once, and handed over in
 * pieces, each of which begins where the one before it ended.
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
  /** What is to be handed over next, and how much of the line has been. */
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

  function go(event: PointerEvent) {
    if (!line.current || !event.isPrimary) return;
    // A mouse moves more often than it is asked for. Browsers tell only pages on https, and Safari none.
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
    timer.current ??= setTimeout(handOver, PIECE);
  }

  function handOver() {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (!line.current) return;
    const { piece, sent } = line.current;
    const points = simplify(piece.points);
    if (sent === 0 || points.length > 2) onPiece({ ...piece, points });
    painter.current?.paint([]);
    const isLong = sent + points.length > LINE_INK;
    const next = { ...piece, points: points.slice(-2), id: isLong ? newId() : piece.id };
    line.current = { piece: next, sent: isLong ? 2 : sent + points.length };
  }

  function end(event: PointerEvent) {
    if (!event.isPrimary) return;
    handOver();
    line.current = undefined;
  }

  return (
    <canvas
      ref={canvas}
      className="pen"
      onPointerDown={begin}
      onPointerMove={go}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}

type Move = Pick<PointerEvent, "clientX" | "clientY">;

const newId = () => Math.random().toString(36).slice(2, 10);

interface ChoiceProps<T> {
  readonly legend: string;
  /** Names, and what they stand for. */
  readonly options: readonly (readonly [string, T])[];
  readonly chosen: T;
  onChoose(value: T): void;
  look(value: T): CSSProperties;
}

/** Some swatches of which one is chosen. */
function Choice<T>({ legend, options, chosen, onChoose, look }: ChoiceProps<T>) {
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
          <i style={look(value)} />
        </label>
      ))}
    </fieldset>
  );
}

/** Asks once more, in its own place: what is cleared is gone for everybody. */
function ClearButton({ isEmpty, onClear }: { readonly isEmpty: boolean; onClear(): void }) {
  const [asks, setAsks] = useState(false);
  const isAsking = asks && !isEmpty;
  useEffect(() => {
    if (!asks) return;
    const timer = setTimeout(() => setAsks(false), 4_000);
    return () => clearTimeout(timer);
  }, [asks]);

  function press() {
    if (isAsking) onClear();
    setAsks(!isAsking && !isEmpty);
  }

  return (
    <button type="button" className="button" aria-disabled={isEmpty} onClick={press}>
      {isAsking ? "For all?" : "Clear"}
    </button>
  );
}
