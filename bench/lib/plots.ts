import { barPlot, linePlot, type Series } from "./plot.js";
import type { ScenarioResult } from "./result.js";

/** A plot with one bar per variant. */
interface Bars {
  readonly file: string;
  readonly title: string;
  readonly scenario: string;
  readonly case: string;
  readonly metric: string;
}

const FAN_OUT = { scenario: "fan-out", case: "50 subscribers, 100 B, window 64" } as const;

const BARS: readonly Bars[] = [
  {
    file: "bench-fan-out",
    title: "Processor time of the server per delivery",
    ...FAN_OUT,
    metric: "server CPU per delivery",
  },
  { file: "bench-deliveries", title: "Deliveries a second", ...FAN_OUT, metric: "deliveries" },
  {
    file: "bench-join",
    title: "Joining a room with 100,000 messages",
    scenario: "join",
    case: "100,000 messages of 100 B",
    metric: "joined after",
  },
  {
    file: "bench-durable",
    title: "Durable appends a second",
    scenario: "durable",
    case: "50 clients, 16 in flight each",
    metric: "acknowledged",
  },
  {
    file: "bench-cursors",
    title: "On the wire, per delivered position of a cursor",
    scenario: "cursors",
    case: "20 clients, 60 positions a second each",
    metric: "on the wire per delivery",
  },
];

const GROWTH = [
  { case: "subscribers of one room", metric: "server CPU per delivery", label: "a delivery, by subscribers" },
  { case: "rooms with one session each", metric: "server CPU per delivery", label: "a delivery, by rooms" },
  { case: "keys of one room", metric: "server CPU per append", label: "a durable append, by keys" },
  {
    case: "retained messages of one key",
    metric: "server CPU per append",
    label: "a durable append, by retained messages",
  },
] as const;

/** The plots of docs/images that have figures: the SVG text by the name of its file, without `.svg`. */
export function plots(results: readonly ScenarioResult[]): Map<string, string> {
  const made = new Map<string, string>();
  const figuresOf = (name: string) => results.find((result) => result.name === name)?.figures ?? [];
  for (const { file, title, scenario, ...of } of BARS) {
    const figures = figuresOf(scenario).filter((one) => one.case === of.case && one.metric === of.metric);
    const [first] = figures;
    if (!first) continue;
    const rows = figures.map(({ variant, median }) => ({ label: variant, value: median }));
    made.set(file, barPlot(title, of.case, first.unit, rows));
  }
  const series = GROWTH.map(({ case: case_, metric, label }): Series => {
    const figures = figuresOf("growth").filter((one) => one.case === case_ && one.metric === metric);
    return { label, points: figures.map(({ variant, median }) => [sizeOf(variant), median]) };
  });
  if (series.every(({ points }) => points.length > 0)) {
    const title = "What ten times as much costs";
    made.set("bench-growth", linePlot(title, "processor time of the server", "µs", series));
  }
  return made;
}

/** `10,000` */
const sizeOf = (variant: string) => Number(variant.replaceAll(",", ""));
