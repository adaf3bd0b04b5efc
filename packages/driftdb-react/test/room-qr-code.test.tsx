import { act, render, screen, waitFor } from "@testing-library/react";
import jsQR from "jsqr";
import { StrictMode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { DriftDBProvider, RoomQRCode, type RoomQRCodeProps } from "../src/index.js";
import { roomOfPage, testServer } from "./harness.js";

const running = testServer();

/** Pixels per module. */
const SCALE = 4;

/** The image of a path of rectangles, black on white. */
function rasterise(svg: Element): { pixels: Uint8ClampedArray; width: number } {
  const [x0, y0, size, height] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
  expect([x0, y0, height]).toEqual([0, 0, size]);
  const width = Number(size) * SCALE;
  const pixels = new Uint8ClampedArray(width * width * 4);
  for (const path of svg.querySelectorAll("path")) {
    const fill = { "#fff": 255, "#000": 0 }[path.getAttribute("fill") ?? ""];
    if (fill === undefined) throw new Error(`unknown fill in ${path.outerHTML.slice(0, 80)}`);
    const d = path.getAttribute("d") ?? "";
    const rectangles = [...d.matchAll(/M(\d+) (\d+)h(\d+)v(\d+)(?:h-\3|H0)z/g)];
    expect(rectangles.map(([all]) => all).join("")).toBe(d);
    for (const rectangle of rectangles) {
      const [x = 0, y = 0, w = 0, h = 0] = rectangle.slice(1).map((n) => Number(n) * SCALE);
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          pixels.set([fill, fill, fill, 255], (row * width + column) * 4);
        }
      }
    }
  }
  return { pixels, width };
}

/** The text that a camera would read. */
function scan(): string | undefined {
  const { pixels, width } = rasterise(screen.getByRole("img"));
  return jsQR(pixels, width, width, { inversionAttempts: "dontInvert" })?.data;
}

const tree = (props: { room?: string; code?: RoomQRCodeProps } = {}) => (
  <StrictMode>
    <DriftDBProvider api={running.server.url} room={props.room} onError={report}>
      <RoomQRCode {...props.code} />
    </DriftDBProvider>
  </StrictMode>
);
let report = vi.fn();
beforeEach(() => {
  report = vi.fn();
});

test("leads to a new room once it exists", async () => {
  history.replaceState(null, "", "/path?a=b%20c&d#hash");
  const { container } = render(tree());
  const svg = container.querySelector("svg");
  expect(svg?.innerHTML).toBe("");
  expect(screen.queryByRole("img")).toBe(null);
  await waitFor(() => expect(scan()).toBe(location.href));
  expect(location.href).toContain(`?a=b%20c&d&_driftdb_room=${roomOfPage()}#hash`);
  expect(container.querySelector("svg")).toBe(svg);
  expect(screen.getByLabelText("QR code that leads to this room")).toBe(svg);
});

test("leads to the provider's room if the page's URL has none, or another", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  const { origin } = location;
  history.replaceState(null, "", "/path?a=1#hash");
  const view = render(tree({ room }));
  await waitFor(() => expect(scan()).toBe(`${origin}/path?a=1&_driftdb_room=${room}#hash`));
  act(() => {
    history.pushState(null, "", "/path?_driftdb_room=another&b");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await waitFor(() => expect(scan()).toBe(`${origin}/path?b&_driftdb_room=${room}`));
  const second = await server.newRoom();
  view.rerender(tree({ room: second.room }));
  await waitFor(() => expect(scan()).toBe(`${origin}/path?b&_driftdb_room=${second.room}`));
  expect(location.search).toBe("?_driftdb_room=another&b");
});

test("follows the page's URL, and adds the room if a router drops it", async () => {
  // jsdom has no `navigation`.
  const navigation = new EventTarget();
  vi.stubGlobal("navigation", navigation);
  const heard = vi.fn();
  const add = navigation.addEventListener.bind(navigation);
  vi.spyOn(navigation, "addEventListener").mockImplementation((type, listener, options) =>
    add(type, (event) => heard((listener as (event: Event) => void)(event)), options),
  );
  const view = render(tree());
  await waitFor(() => expect(scan()).toBe(location.href));
  const room = roomOfPage();
  act(() => {
    history.pushState(null, "", "/elsewhere");
    navigation.dispatchEvent(new Event("currententrychange"));
  });
  const { href } = location;
  await waitFor(() => expect(scan()).toBe(`${href}?_driftdb_room=${room}`));
  // Without an event, it follows at the next render.
  history.pushState(null, "", "/again");
  view.rerender(tree());
  await waitFor(() => expect(scan()).toBe(`${location.href}?_driftdb_room=${room}`));
  expect(heard).toHaveBeenCalledOnce();
  view.unmount();
  navigation.dispatchEvent(new Event("currententrychange"));
  expect(heard).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

test("shows another URL unchanged, in another size", async () => {
  const url = "http://192.168.0.7:5173/?_driftdb_room=Grüße";
  const view = render(tree({ code: { url, className: "code", style: { maxWidth: 90 } } }));
  await waitFor(() => expect(scan()).toBe(url));
  const svg = screen.getByRole("img");
  expect(svg.getAttribute("class")).toBe("code");
  expect(svg.style.maxWidth).toBe("90px");
  expect(svg.style.width).toBe("100%");
  expect(report).not.toHaveBeenCalled();
  // This URL is too long for a code.
  view.rerender(tree({ code: { url: `http://host/${"x".repeat(2_400)}` } }));
  expect(screen.queryByRole("img")).toBe(null);
  await waitFor(() => expect(report).toHaveBeenCalledOnce());
  expect(String(report.mock.lastCall)).toBe(
    "Error: a URL of 2412 characters is too long for a QR code: give RoomQRCode a shorter url",
  );
});

test("has the error correction level M, and a quiet zone of four modules", async () => {
  render(tree({ code: { url: "http://host/" } }));
  await waitFor(() => expect(scan()).toBe("http://host/"));
  const { pixels, width } = rasterise(screen.getByRole("img"));
  const isDark = (x: number, y: number) => pixels[((y + 4) * SCALE * width + (x + 4) * SCALE) * 4] === 0;
  const modules = width / SCALE - 8;
  for (let i = -4; i < modules + 4; i++) {
    for (const edge of [-4, -1, modules, modules + 3]) {
      expect([isDark(i, edge), isDark(edge, i)]).toEqual([false, false]);
    }
  }
  // The first two format bits are those of level M (00) under the mask of a QR code (10).
  expect([isDark(0, 8), isDark(1, 8)]).toEqual([true, false]);
});
