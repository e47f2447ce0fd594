// The drawing of lines: uPlot in the colours of the page.
import uPlot from "uplot";
import { shown, type Columns, type Line } from "./series.ts";

const HEIGHT = 180;
const COLOURS = ["--accent", "--wood", "--good", "--bad"];
const LAST_HOUR = 3600;
const LEAST: Record<string, number> = { ratio: 0.1, s: 0.001 };

export interface Drawn {
  show(columns: Columns): void;
  fit(): void;
}

function colour(stage: HTMLElement, name: string): () => string {
  const probe = document.createElement("i");
  probe.hidden = true;
  stage.append(probe);
  return () => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}

/** How a chart is told to be: with `days`, a time zone, its points are days there and all of them are shown. */
export interface Telling {
  unit: string;
  days?: string | undefined;
  bars: boolean;
}

const BOTH_SIDES = [-1, 1] as const;

// One bar stands on its moment, two stand side by side.
function bar(index: number, count: number): uPlot.Series.PathBuilder {
  return uPlot.paths.bars!({ size: [count > 1 ? 0.36 : 0.7, 48], align: count > 1 ? (BOTH_SIDES[index] ?? 0) : 0, radius: 0.15 });
}

/** Room for the halves of the first and the last bar. */
function around(_: uPlot, low: number, high: number, points: number): [number, number] {
  const half = (high - low) / Math.max(1, points - 1) / 2;
  return [low - half, high + half];
}

export function plot(stage: HTMLElement, lines: readonly Line[], { unit, days, bars }: Telling): Drawn {
  const told = days ? (at: number): string => dated(at, days) : clock;
  const text = colour(stage, "--text-3");
  const grid = colour(stage, "--line");
  const axis: uPlot.Axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const drawn = new uPlot(
    {
      width: stage.clientWidth,
      height: HEIGHT,
      cursor: { y: false },
      hooks: { setCursor: [rest] },
      scales: {
        ...(bars ? { x: { range: (u, low, high) => around(u, low ?? 0, high ?? 1, u.data[0]?.length ?? 2) } } : {}),
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, LEAST[unit] ?? 1) * 1.1] },
      },
      axes: [
        { ...axis, values: (_, splits) => splits.map((at, n) => (n && told(at) === told(splits[n - 1] ?? 0) ? "" : told(at))) },
        { ...axis, size: 62, values: (_, splits) => splits.map((value) => shown(value, unit)) },
      ],
      series: [
        { label: "", value: (_, at) => (at === null ? "" : told(at)) },
        ...lines.map((line, index) => ({
          label: line.label,
          stroke: colour(stage, COLOURS[index % COLOURS.length] ?? "--accent"),
          ...(bars ? { fill: colour(stage, COLOURS[index % COLOURS.length] ?? "--accent"), paths: bar(index, lines.length) } : {}),
          width: bars ? 0 : 2,
          points: { show: false },
          value: (_: uPlot, value: number | null) => shown(value, unit),
        })),
      ],
    },
    [[]],
    stage,
  );
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.redraw());
  return {
    show: (columns) => {
      drawn.setData((days ? columns : latest(columns)) as uPlot.AlignedData);
      rest(drawn);
    },
    fit: () => drawn.setSize({ width: stage.clientWidth, height: HEIGHT }),
  };
}

// Where nobody points, the legend tells the latest values.
function rest(drawn: uPlot): void {
  const last = (drawn.data[0]?.length ?? 0) - 1;
  if (drawn.cursor.idx === null || drawn.cursor.idx === undefined) drawn.setLegend({ idx: last }, false);
}

function latest(columns: Columns): Columns {
  const start = (columns[0].at(-1) ?? 0) - LAST_HOUR;
  const first = columns[0].findIndex((at) => at >= start);
  return columns.map((column) => column.slice(Math.max(0, first))) as Columns;
}

function dated(at: number, zone: string): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { month: "numeric", day: "numeric", timeZone: zone }).format(new Date(at * 1000));
}

function clock(at: number): string {
  const zone = document.querySelector<HTMLMetaElement>('meta[name="maru-zone"]')?.content;
  return new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", hour12: false, ...(zone ? { timeZone: zone } : {}),
  }).format(new Date(at * 1000));
}
