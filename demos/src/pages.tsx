import type { ComponentType } from "react";
import { CounterDemo } from "./demos/counter.js";
import counterCode from "./demos/counter.tsx?raw";
import { SliderDemo } from "./demos/slider.js";
import sliderCode from "./demos/slider.tsx?raw";
import { TicTacToeDemo } from "./demos/tic-tac-toe.js";
import ticTacToeCode from "./demos/tic-tac-toe.tsx?raw";

/** A demo, and what the pages around it say of it. */
export interface Demo {
  /** The address below `#/`. */
  readonly path: string;
  readonly title: string;
  /** One sentence below the title. */
  readonly lead: string;
  readonly Component: ComponentType;
  /** The demo's own source. */
  readonly code: string;
  /** The name of its file in demos/src/demos. */
  readonly file: string;
}

/** All demos, in the order in which they are listed. */
export const demos: readonly Demo[] = [
  {
    path: "state",
    title: "Shared State",
    lead: "Move the slider here, and it moves in every window of the room.",
    Component: SliderDemo,
    code: sliderCode,
    file: "slider.tsx",
  },
  {
    path: "counter",
    title: "Counter",
    lead: "Two people who press at the same moment count as two.",
    Component: CounterDemo,
    code: counterCode,
    file: "counter.tsx",
  },
  {
    path: "tictactoe",
    title: "Tic Tac Toe",
    lead: "A game for two windows. Moves take effect in one order, the same for everybody.",
    Component: TicTacToeDemo,
    code: ticTacToeCode,
    file: "tic-tac-toe.tsx",
  },
];
