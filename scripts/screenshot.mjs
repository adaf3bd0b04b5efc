#!/usr/bin/env node
// Makes the pictures in docs/images from the running demos: `node scripts/screenshot.mjs`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ensureChromium, launchArgs } from "./browser.mjs";
import { buildPackages } from "./lib/build.mjs";
import { buildPages, servePages } from "./lib/pages.mjs";
import { root } from "./lib/project.mjs";
import { startServer } from "./lib/server.mjs";

const images = join(root, "docs", "images");
mkdirSync(join(images, "demos"), { recursive: true });

await buildPackages();
const server = await startServer({ port: 0, memory: true });
await buildPages({ port: server.port, outDir: "dist/screenshots" });
const pages = await servePages({ port: 0, outDir: "dist/screenshots" });
const browser = await chromium.launch({ executablePath: await ensureChromium(), args: launchArgs });
const origin = `http://127.0.0.1:${pages.port}/`;

/** Opens an address in a browser context of its own, as another person would. */
async function open(url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(url);
  await page.waitForFunction(() => location.search.includes("_driftdb_room="));
  await page.getByText("Connected", { exact: true }).waitFor();
  return page;
}

/** Takes hold of the slider's thumb and moves it; the button stays down. Returns where the pointer is. */
async function drag(page, from, to) {
  const box = await page.getByLabel("Slider").boundingBox();
  const thumb = 28;
  const x = (value) => box.x + thumb / 2 + ((box.width - thumb) * value) / 100;
  const y = box.y + box.height / 2;
  await page.mouse.move(x(from), y);
  await page.mouse.down();
  await page.mouse.move(x(to), y, { steps: 20 });
  return { x: x(to), y };
}

const frame = (title, png, pointer = "") => `
  <figure>
    <figcaption><i></i><i></i><i></i><span>${title}</span></figcaption>
    <div><img src="data:image/png;base64,${png.toString("base64")}">${pointer}</div>
  </figure>`;

/** An arrow whose tip is at the point: screenshots leave the pointer out. */
const arrow = ({ x, y }) => `
  <svg width="22" height="28" viewBox="0 0 22 28" style="left: ${x - 2}px; top: ${y - 2}px">
    <path d="M2 2v20l5-4.6 3.6 8 3.6-1.6-3.5-7.8H18z" fill="#1b1d1c" stroke="#fff" stroke-width="1.6"/>
  </svg>`;

const style = `
  body { margin: 0; padding: 36px; width: max-content; display: flex; align-items: start; gap: 28px; background: #eceae4; font: 13px system-ui; }
  figure { margin: 0; border-radius: 12px; overflow: hidden; background: #fff; box-shadow: 0 1px 0 #d5d2c9, 0 14px 30px #4a473f26; }
  figcaption { position: relative; display: flex; gap: 7px; padding: 13px 14px; background: #f6f4ef; border-bottom: 1px solid #e3e1da; }
  figcaption span { position: absolute; inset: 0; display: grid; place-items: center; color: #5f6562; }
  i { width: 11px; height: 11px; border-radius: 50%; background: #d5d2c9; }
  div { position: relative; }
  img { display: block; width: var(--width); }
  svg { position: absolute; }`;

async function twoWindows() {
  const viewport = { width: 560, height: 800 };
  const options = { viewport, deviceScaleFactor: 1.5, colorScheme: "light" };
  const left = await open(`${origin}#/state`, options);
  const right = await open(left.url(), options);
  const pointer = await drag(left, 0, 68);
  await right.waitForFunction(() => document.querySelector("input[type=range]").value === "68");
  const stage = await left.locator(".stage").boundingBox();
  const clip = { x: 0, y: 0, width: viewport.width, height: stage.y + stage.height + 14 };
  const html = `<!doctype html><style>:root { --width: ${viewport.width}px } ${style}</style>
    ${frame("One window", await left.screenshot({ clip }), arrow(pointer))}${frame("Another window", await right.screenshot({ clip }))}`;
  await left.mouse.up();
  const sheet = await browser.newPage({ deviceScaleFactor: 1.5 });
  await sheet.setContent(html);
  await sheet.locator("body").screenshot({ path: join(images, "two-windows.png") });
}

/** How each demo is brought into a state worth a picture. */
const scenes = {
  home: { hash: "#/", play: async () => {} },
  state: { hash: "#/state", play: (page) => page.getByLabel("Slider").fill("68") },
  counter: {
    hash: "#/counter",
    play: async (page) => {
      for (let i = 0; i < 12; i++) await page.getByLabel("Increment").click();
    },
  },
  tictactoe: {
    hash: "#/tictactoe",
    play: async (page) => {
      for (const cell of [
        "row 2 column 2",
        "row 1 column 1",
        "row 1 column 3",
        "row 3 column 1",
        "row 2 column 1",
      ]) {
        await page.getByLabel(`${cell}, empty`).click();
      }
    },
  },
};

async function phones() {
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, { hash, play }] of Object.entries(scenes)) {
      const page = await open(origin + hash, {
        viewport: { width: 360, height: 740 },
        deviceScaleFactor: 2,
        colorScheme,
        hasTouch: true,
      });
      await play(page);
      await page.evaluate(() => document.activeElement?.blur());
      await page.screenshot({ path: join(images, "demos", `${name}-${colorScheme}.png`) });
    }
  }
}

try {
  await twoWindows();
  await phones();
} finally {
  await browser.close();
  await pages.close();
  await server.close();
}
