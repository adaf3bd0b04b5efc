import type { ComponentType } from "react";
import { ChatDemo } from "./demos/chat.js";
import chatCode from "./demos/chat.tsx?raw";
import { CounterDemo } from "./demos/counter.js";
import counterCode from "./demos/counter.tsx?raw";
import cursorBoardCode from "./demos/cursor-board.tsx?raw";
import { CursorsDemo } from "./demos/cursors.js";
import cursorsCode from "./demos/cursors.tsx?raw";
import drawingCode from "./demos/drawing.ts?raw";
import painterCode from "./demos/painter.ts?raw";
import peopleCode from "./demos/people.ts?raw";
import pointersCode from "./demos/pointers.tsx?raw";
import { SliderDemo } from "./demos/slider.js";
import sliderCode from "./demos/slider.tsx?raw";
import { TicTacToeDemo } from "./demos/tic-tac-toe.js";
import ticTacToeCode from "./demos/tic-tac-toe.tsx?raw";
import { WebRtcCursorsDemo } from "./demos/webrtc-cursors.js";
import webRtcCursorsCode from "./demos/webrtc-cursors.tsx?raw";
import { WhiteboardDemo } from "./demos/whiteboard.js";
import whiteboardCode from "./demos/whiteboard.tsx?raw";

/** A demo, and the texts about it on the pages. */
export interface Demo {
  /** The address below `#/`. */
  readonly path: string;
  readonly title: string;
  /** One sentence below the title. */
  readonly lead: string;
  readonly Component: ComponentType;
  /** The source of each of the demo's files in demos/src/demos, by file name. */
  readonly code: Readonly<Record<string, string>>;
}

/** All demos, in the order of the list. */
export const demos: readonly Demo[] = [
  {
    path: "state",
    title: "Shared State",
    lead: "Move the slider here, and it moves in every window of the room.",
    Component: SliderDemo,
    code: { "slider.tsx": sliderCode },
  },
  {
    path: "counter",
    title: "Counter",
    lead: "When two people press at the same moment, both presses count.",
    Component: CounterDemo,
    code: { "counter.tsx": counterCode },
  },
  {
    path: "tictactoe",
    title: "Tic Tac Toe",
    lead: "A game for two windows. Moves take effect in one order, the same for everybody.",
    Component: TicTacToeDemo,
    code: { "tic-tac-toe.tsx": ticTacToeCode },
  },
  {
    path: "cursors",
    title: "Live Cursors",
    lead: "Everybody's pointer while they are here. The server stores none of it.",
    Component: CursorsDemo,
    code: {
      "cursors.tsx": cursorsCode,
      "cursor-board.tsx": cursorBoardCode,
      "pointers.tsx": pointersCode,
      "people.ts": peopleCode,
    },
  },
  {
    path: "webrtc",
    title: "WebRTC Cursors",
    lead: "The same pointers, sent from browser to browser. They keep moving when the server stops.",
    Component: WebRtcCursorsDemo,
    code: {
      "webrtc-cursors.tsx": webRtcCursorsCode,
      "cursor-board.tsx": cursorBoardCode,
      "pointers.tsx": pointersCode,
      "people.ts": peopleCode,
    },
  },
  {
    path: "whiteboard",
    title: "Whiteboard",
    lead: "One drawing by everybody. You see a line while somebody draws it.",
    Component: WhiteboardDemo,
    code: {
      "whiteboard.tsx": whiteboardCode,
      "drawing.ts": drawingCode,
      "painter.ts": painterCode,
      "pointers.tsx": pointersCode,
      "people.ts": peopleCode,
    },
  },
  {
    path: "chat",
    title: "Chat",
    lead: "Who is here, who is typing, and all messages. Messages written offline are sent later.",
    Component: ChatDemo,
    code: { "chat.tsx": chatCode, "people.ts": peopleCode },
  },
];
