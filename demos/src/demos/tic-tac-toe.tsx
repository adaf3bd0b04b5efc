import { useSharedReducer } from "driftdb-react";

type Mark = "X" | "O";
type Board = readonly (Mark | null)[];
type Move =
  | { readonly type: "play"; readonly cell: number; readonly mark: Mark }
  | { readonly type: "new game" };

const emptyBoard: Board = Array(9).fill(null);

const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

const markOn = (board: Board, cell: number) => board[cell] ?? null;
const nextMark = (board: Board): Mark => (board.filter((mark) => mark !== null).length % 2 === 0 ? "X" : "O");
const winningLine = (board: Board) =>
  lines.find(([a, b, c]) => {
    const mark = markOn(board, a);
    return mark !== null && mark === markOn(board, b) && mark === markOn(board, c);
  });
const isOpen = (board: Board, cell: number) => board[cell] === null && winningLine(board) === undefined;

/**
 * The reducer. An illegal move changes nothing. When two players click at the same time, the room's order
 * decides.
 */
export function play(board: Board, move: Move): Board {
  if (move.type === "new game") return emptyBoard;
  const { cell, mark } = move;
  if (mark !== nextMark(board) || !isOpen(board, cell)) return board;
  return board.map((old, i) => (i === cell ? mark : old));
}

function describe(board: Board): string {
  const line = winningLine(board);
  if (line !== undefined) return `${markOn(board, line[0])} wins`;
  return board.includes(null) ? `${nextMark(board)} to play` : "A draw";
}

/** A game for two players, in two windows or on two phones. */
export function TicTacToeDemo() {
  const [board, dispatch] = useSharedReducer("tic-tac-toe", play, emptyBoard);
  const line: readonly number[] = winningLine(board) ?? [];

  return (
    <div className="game">
      <p className="turn" role="status">
        {describe(board)}
      </p>
      <div className="board">
        {board.map((mark, cell) => (
          <button
            type="button"
            // biome-ignore lint/suspicious/noArrayIndexKey: a cell's index identifies it.
            key={cell}
            className={line.includes(cell) ? "cell winning" : "cell"}
            aria-label={`row ${Math.floor(cell / 3) + 1} column ${(cell % 3) + 1}, ${mark ?? "empty"}`}
            aria-disabled={!isOpen(board, cell)}
            onClick={() => isOpen(board, cell) && dispatch({ type: "play", cell, mark: nextMark(board) })}
          >
            {mark}
          </button>
        ))}
      </div>
      <button type="button" className="button" onClick={() => dispatch({ type: "new game" })}>
        New game
      </button>
    </div>
  );
}
