import { readable } from "./report.js";

/** One bar. DriftDB's bars have a colour of their own. */
export interface Row {
  readonly label: string;
  readonly value: number;
}

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** About the width of a phone, on which texts keep the sizes given here. */
const WIDTH = 400;
const MARGIN = 16;
const INNER = WIDTH - 2 * MARGIN;

/** Colours of the series for light and dark backgrounds, and their dashes. */
const SERIES = [
  { light: "#0a6b4b", dark: "#4fd1a1", dashes: "" },
  { light: "#1c5fb8", dark: "#7db4ff", dashes: "7 3" },
  { light: "#a8480f", dark: "#ffab73", dashes: "2 3" },
  { light: "#7a3aa8", dark: "#d3a1f7", dashes: "9 3 2 3" },
] as const;

const STYLE = `
    .ground { fill: #ffffff; stroke: #d9dcda }
    text { fill: #1b1d1c; font: 12px system-ui, sans-serif }
    .title { font-size: 14px; font-weight: 600 }
    .minor { fill: #59605d; font-size: 11px }
    .bar { fill: #a9b2ae }
    .own { fill: #0a6b4b }
    .grid { stroke: #e3e6e4 }
${SERIES.map(({ light }, i) => `    .s${i} { stroke: ${light} } .d${i} { fill: ${light} }`).join("\n")}
    @media (prefers-color-scheme: dark) {
      .ground { fill: #14171a; stroke: #343a3e }
      text { fill: #eceeed }
      .minor { fill: #a4adaa }
      .bar { fill: #59626a }
      .own { fill: #4fd1a1 }
      .grid { stroke: #2a3034 }
${SERIES.map(({ dark }, i) => `      .s${i} { stroke: ${dark} } .d${i} { fill: ${dark} }`).join("\n")}
    }`;

/** Horizontal bars with their values, in the given order. */
export function barPlot(title: string, subtitle: string, unit: string, rows: readonly Row[]): string {
  const most = Math.max(...rows.map(({ value }) => value));
  const step = 38;
  const bars = rows.map(({ label, value }, i) => {
    const y = 68 + i * step;
    const length = Math.max(1, (value / most) * INNER);
    const kind = label.toLowerCase().startsWith("driftdb") ? "own" : "bar";
    const right = `x="${WIDTH - MARGIN}" y="${y}" text-anchor="end"`;
    const size = `x="${MARGIN}" y="${y + 6}" width="${length.toFixed(1)}" height="10"`;
    return `
  <text x="${MARGIN}" y="${y}">${escaped(label)}</text>
  <text class="minor" ${right}>${readable(value)} ${escaped(unit)}</text>
  <rect class="${kind}" ${size} rx="2"/>`;
  });
  return svg(title, subtitle, 68 + rows.length * step - 4, bars.join(""));
}

/** Lines on two logarithmic axes: a proportional cost rises like the diagonal of a decade. */
export function linePlot(title: string, subtitle: string, unit: string, series: readonly Series[]): string {
  const points = series.flatMap((one) => one.points);
  const [left, right] = decades(points.map(([x]) => x));
  const [low, high] = decades(points.map(([, y]) => y));
  const from = { x: MARGIN + 30, y: 250 };
  const size = { x: WIDTH - MARGIN - 14 - from.x, y: 170 };
  const atX = (x: number) => from.x + ((Math.log10(x) - left) / (right - left)) * size.x;
  const atY = (y: number) => from.y - ((Math.log10(y) - low) / (high - low)) * size.y;
  const parts: string[] = [];
  for (let decade = left; decade <= right; decade++) {
    const x = atX(10 ** decade).toFixed(1);
    parts.push(
      `<path class="grid" d="M${x} ${from.y}V${from.y - size.y}"/>`,
      `<text class="minor" x="${x}" y="${from.y + 15}" text-anchor="middle">${readable(10 ** decade)}</text>`,
    );
  }
  for (let decade = low; decade <= high; decade++) {
    const y = atY(10 ** decade);
    const place = `x="${from.x - 6}" y="${(y + 4).toFixed(1)}"`;
    parts.push(
      `<path class="grid" d="M${from.x} ${y.toFixed(1)}H${from.x + size.x}"/>`,
      `<text class="minor" ${place} text-anchor="end">${readable(10 ** decade)}</text>`,
    );
  }
  parts.push(`<text class="minor" x="${MARGIN}" y="${from.y - size.y - 12}">${escaped(unit)}</text>`);
  series.forEach((one, i) => {
    const { dashes } = SERIES[i % SERIES.length] as (typeof SERIES)[number];
    const style = `class="s${i % SERIES.length}" fill="none" stroke-width="2" stroke-dasharray="${dashes}"`;
    const places = one.points.map(([x, y]) => [atX(x).toFixed(1), atY(y).toFixed(1)] as const);
    const y = from.y + 38 + i * 18;
    parts.push(
      `<path ${style} d="M${places.map((place) => place.join(" ")).join("L")}"/>`,
      ...places.map(([cx, cy]) => `<circle class="d${i % SERIES.length}" cx="${cx}" cy="${cy}" r="3"/>`),
      `<path ${style} d="M${MARGIN} ${y - 4}h28"/>`,
      `<text x="${MARGIN + 36}" y="${y}">${escaped(one.label)}</text>`,
    );
  });
  return svg(title, subtitle, from.y + 38 + series.length * 18, `\n  ${parts.join("\n  ")}`);
}

/** The exponents of ten that enclose the numbers. */
function decades(numbers: readonly number[]): [low: number, high: number] {
  const low = Math.floor(Math.log10(Math.min(...numbers)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...numbers))))];
}

function svg(title: string, subtitle: string, height: number, content: string): string {
  const size = `width="600" viewBox="0 0 ${WIDTH} ${height}"`;
  const described = `role="img" aria-label="${escaped(title)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${described}>
  <style>${STYLE}
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
  <text class="title" x="${MARGIN}" y="26">${escaped(title)}</text>
  <text class="minor" x="${MARGIN}" y="44">${escaped(subtitle)}</text>${content}
</svg>
`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
