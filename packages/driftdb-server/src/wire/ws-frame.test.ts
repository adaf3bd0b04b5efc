import { expect, test } from "vitest";
// @ts-expect-error: @types/ws has no Receiver.
import { Receiver } from "ws";
import { BINARY, CONTINUATION, TEXT, wsFrame } from "./ws-frame.js";

/** Reads frames as a client of `ws` does. */
function read(...frames: Buffer[]): Promise<[data: Buffer, binary: boolean]> {
  const receiver = new Receiver({ isServer: false });
  const message = new Promise<[Buffer, boolean]>((resolve, reject) => {
    receiver.on("message", (data: Buffer, binary: boolean) => resolve([data, binary]));
    receiver.on("error", reject);
  });
  for (const frame of frames) receiver.write(frame);
  return message;
}

test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])("ws reads a frame of %i bytes", async (length) => {
  const text = "x".repeat(length);
  expect(await read(wsFrame(TEXT, text))).toEqual([Buffer.from(text), false]);
  const bytes = new Uint8Array(length).fill(200);
  expect(await read(wsFrame(BINARY, bytes))).toEqual([Buffer.from(bytes), true]);
});

test("the length of a frame counts UTF-8 bytes", async () => {
  const text = "é😀".repeat(30);
  expect(await read(wsFrame(TEXT, text))).toEqual([Buffer.from(text), false]);
});

test("ws reads fragments as one message", async () => {
  const fragments = [
    wsFrame(TEXT, "a", false),
    wsFrame(CONTINUATION, "b", false),
    wsFrame(CONTINUATION, "c"),
  ];
  expect(await read(...fragments)).toEqual([Buffer.from("abc"), false]);
});
