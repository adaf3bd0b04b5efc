#!/usr/bin/env node
// Makes the pictures in docs/images from the running demos: `node scripts/screenshot.mjs`, or those of some
// demos: `node scripts/screenshot.mjs whiteboard chat`.
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

/** Opens an address in a browser context of its own, like another person. */
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

/** Drags the slider's thumb, and keeps the button pressed. @returns the position of the pointer. */
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

/** An arrow whose tip is at the point. Screenshots do not contain the pointer. */
const arrow = ({ x, y }) => `
  <svg width="22" height="28" viewBox="0 0 22 28" style="left: ${x - 2}px; top: ${y - 2}px">
    <path d="M2 2v20l5-4.6 3.6 8 3.6-1.6-3.5-7.8H18z" fill="#1b1d1c" stroke="#fff" stroke-width="1.6"/>
  </svg>`;

const style = `
  body {
    margin: 0; padding: 36px; width: max-content; display: flex; align-items: start; gap: 28px;
    background: #eceae4; font: 13px system-ui;
  }
  figure {
    margin: 0; border-radius: 12px; overflow: hidden; background: #fff;
    box-shadow: 0 1px 0 #d5d2c9, 0 14px 30px #4a473f26;
  }
  figcaption {
    position: relative; display: flex; gap: 7px; padding: 13px 14px;
    background: #f6f4ef; border-bottom: 1px solid #e3e1da;
  }
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
    ${frame("One window", await left.screenshot({ clip }), arrow(pointer))}
    ${frame("Another window", await right.screenshot({ clip }))}`;
  await left.mouse.up();
  const sheet = await browser.newPage({ deviceScaleFactor: 1.5 });
  await sheet.setContent(html);
  await sheet.locator("body").screenshot({ path: join(images, "two-windows.png") });
}

/**
 * Moves the pointer along points, given as fractions of the plane. With the button pressed, this draws a
 * line.
 */
async function trace(page, points) {
  const plane = page.locator(".plane");
  await plane.scrollIntoViewIfNeeded();
  const box = await plane.boundingBox();
  for (const [x, y] of points) await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
}

async function stroke(page, colour, width, points) {
  await page.getByLabel(colour).check();
  await page.getByLabel(width).check();
  await trace(page, points.slice(0, 1));
  await page.mouse.down();
  await trace(page, points);
  await page.mouse.up();
}

const arc = (x, y, radius, from, to) =>
  Array.from({ length: 60 }, (_, i) => {
    const angle = (from + ((to - from) * i) / 59) * Math.PI * 2;
    return [x + (radius / 1.2) * Math.cos(angle), y + radius * Math.sin(angle)];
  });

async function say(page, name, ...texts) {
  await page.getByLabel("Your name").fill(name);
  for (const text of texts) {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
    await page.getByText(text).waitFor();
  }
}

/**
 * The scene of each demo. `play` brings the page into it, and its `join` opens the same page for another
 * person. A demo that `isWide` looks different on a desktop.
 */
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
  cursors: {
    hash: "#/cursors",
    isWide: true,
    play: async (page, join) => {
      await trace(await join(), [[0.28, 0.3]]);
      await trace(await join(), [[0.74, 0.62]]);
      await page.getByText("3 people here").waitFor();
    },
  },
  whiteboard: {
    hash: "#/whiteboard",
    isWide: true,
    play: async (page, join) => {
      const friend = await join();
      await stroke(page, "amber", "broad", arc(0.72, 0.3, 0.13, 0, 1));
      await stroke(page, "blue", "medium", [
        [0.08, 0.75],
        [0.3, 0.38],
        [0.42, 0.56],
        [0.54, 0.44],
        [0.78, 0.75],
        [0.08, 0.75],
      ]);
      await stroke(friend, "green", "fine", arc(0.2, 0.9, 0.1, 0.5, 1));
      await stroke(friend, "red", "medium", arc(0.42, 0.9, 0.07, 0.45, 1.05));
      await page.getByLabel("The drawing. Lines: 4").waitFor();
    },
  },
  chat: {
    hash: "#/chat",
    isWide: true,
    play: async (page, join) => {
      const friend = await join();
      await say(friend, "Ada", "Is anybody here?");
      await say(page, "Grace", "Yes! I am on my phone, in a tunnel. What I write is sent when it ends.");
      await say(friend, "Ada", "Nothing is lost, nothing comes twice.");
      await friend.getByLabel("Message", { exact: true }).pressSequentially("And");
      await page.getByText("Ada is typing").waitFor();
    },
  },
};

const screens = {
  "": { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true },
  "-desktop": { viewport: { width: 1120, height: 840 } },
};

async function everyDemo(wanted) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [screen, options] of Object.entries(screens)) {
      for (const [name, { hash, isWide, play }] of Object.entries(scenes)) {
        if (wanted.length > 0 && !wanted.includes(name)) continue;
        if (screen === "-desktop" && !isWide) continue;
        const page = await open(origin + hash, { ...options, colorScheme });
        const friends = [];
        await play(page, async () => {
          friends.push(await open(page.url(), options));
          return friends.at(-1);
        });
        await page.evaluate(() => {
          document.activeElement?.blur();
          scrollTo(0, 0);
        });
        await page.screenshot({ path: join(images, "demos", `${name}${screen}-${colorScheme}.png`) });
        await Promise.all([page, ...friends].map((one) => one.context().close()));
      }
    }
  }
}

try {
  const wanted = process.argv.slice(2);
  if (wanted.length === 0) await twoWindows();
  await everyDemo(wanted);
} finally {
  await browser.close();
  await pages.close();
  await server.close();
}
