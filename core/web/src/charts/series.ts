// From points as the server gives them to columns as the drawing wants them.
export interface Line {
  key: string;
  label: string;
}

export type Point = { at: number } & Record<string, number | null>;
export type Columns = [number[], ...(number | null)[][]];

export function series(points: readonly Point[], lines: readonly Line[]): Columns {
  return [points.map((point) => point.at), ...lines.map((line) => points.map((point) => point[line.key] ?? null))];
}

export function shown(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  if (unit === "ratio") return `${(value * 100).toFixed(value < 0.1 && value > 0 ? 1 : 0)} %`;
  if (unit === "bytes") return bytes(value);
  if (unit === "s") return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`;
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString() : value.toFixed(1);
}

function bytes(value: number): string {
  const step = Math.min(4, Math.max(0, Math.floor(Math.log(Math.max(1, value)) / Math.log(1000))));
  return `${(value / 1000 ** step).toFixed(step && value / 1000 ** step < 100 ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][step] ?? ""}`;
}
