import { afterEach, beforeEach, expect, vi } from "vitest";
import { ModelRoom } from "./model-room.js";
import { Page, useModelTime } from "./page.js";

/** The model room of the running test, and the page in it. */
export let room: ModelRoom;
export let page: Page;

/**
 * Gives each test of a file a room and a page of its own, and sees to it that nothing goes on after the test.
 */
export function eachWithOnePage(): void {
  beforeEach(() => {
    useModelTime();
    room = new ModelRoom();
    page = new Page(room);
  });

  afterEach(() => {
    page.db.disconnect();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
