/**
 * Draws what `deno task bench:fanout --json` measured, as a picture for docs:
 *
 *     deno run -A scripts/bench/fanout/curves.ts docs/runs/fanout/baseline.ndjson > docs/fanout.svg
 *
 * One curve for each way to send: microseconds of processor time a copy, by the number of listeners. Both axes are
 * logarithmic. Colours follow the reader's light or dark page.
 */
import type { FanoutRow } from "./run.ts";

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { left: 68, right: 150, top: 24, bottom: 44 };
/** Microseconds. */
const LEAST = 1;
const MOST = 2000;
const MARKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

type Way = "loop" | "serve" | "send" | "portable";

const WAYS: readonly { readonly way: Way; readonly label: string }[] = [
  { way: "loop", label: "bare loop in C" },
  { way: "serve", label: "serve" },
  { way: "send", label: "bare conn.send" },
  { way: "portable", label: "serve --no-ffi" },
];

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #334155; }
  .grid { stroke: #cbd5e1; stroke-width: 1; }
  .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .loop { stroke: #64748b; stroke-dasharray: 6 4; } .serve { stroke: #047857; }
  .send { stroke: #b45309; stroke-dasharray: 6 4; } .portable { stroke: #1d4ed8; }
  @media (prefers-color-scheme: dark) {
    text { fill: #cbd5e1; } .grid { stroke: #334155; } .loop { stroke: #94a3b8; }
    .serve { stroke: #34d399; } .send { stroke: #fbbf24; } .portable { stroke: #60a5fa; }
  }`;

/** Draws the rows of one length, encrypted or not; each number of listeners is a point. */
export function drawCurves(rows: readonly FanoutRow[], title: string): string {
  const counts = rows.map(({ listeners }) => listeners);
  const across = scale(Math.min(...counts), Math.max(...counts), MARGIN.left, WIDTH - MARGIN.right);
  const up = scale(LEAST, MOST, HEIGHT - MARGIN.bottom, MARGIN.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${title}</title><style>${STYLE}</style>`,
    `<text x="${MARGIN.left}" y="14">${title}</text>`,
    ...MARKS.map((mark) => level(mark, up)),
    ...counts.map((count) =>
      text(across(count), HEIGHT - 22, count.toLocaleString("en"), "middle")
    ),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 4, "listeners", "middle"),
    ...WAYS.flatMap(({ way, label }) => curve(rows, way, label, across, up)),
    "</svg>\n",
  ].join("\n");
}

type Scale = (value: number) => number;

function scale(least: number, most: number, from: number, to: number): Scale {
  const [low, high] = [Math.log(least), Math.log(most)];
  return (value) => {
    const share = (Math.log(value) - low) / (high - low || 1);
    return Math.round((from + Math.min(Math.max(share, 0), 1) * (to - from)) * 10) / 10;
  };
}

function level(mark: number, up: Scale): string {
  const [y, right] = [up(mark), WIDTH - MARGIN.right];
  const grid = `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${y}" y2="${y}"/>`;
  return grid + text(MARGIN.left - 8, y + 4, `${mark} µs`, "end");
}

function curve(
  rows: readonly FanoutRow[],
  way: Way,
  label: string,
  across: Scale,
  up: Scale,
): string[] {
  const points = rows.flatMap(({ listeners, [way]: micros }) =>
    micros === undefined ? [] : [{ x: across(listeners), y: up(micros) }]
  );
  const last = points.at(-1);
  if (!last) return [];
  const path = points.map(({ x, y }) => `${x},${y}`).join(" ");
  return [
    `<polyline class="curve ${way}" points="${path}"/>`,
    // A curve that ends before the others has its name above it.
    text(last.x + 8, last.y + (last.x < WIDTH - MARGIN.right ? -8 : 4), label, "start"),
  ];
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;
}

/** @throws Error when the file has no row of this setting. */
function readRows(path: string, bytes: number, isPlain: boolean): FanoutRow[] {
  const rows = Deno.readTextFileSync(path).trim().split("\n").map((line): FanoutRow =>
    JSON.parse(line)
  );
  const chosen = rows.filter((row) => row.bytes === bytes && row.isPlain === isPlain);
  if (chosen.length === 0) throw new Error(`${path} has no rows of ${bytes} bytes`);
  return chosen.sort((one, other) => one.listeners - other.listeners);
}

if (import.meta.main) {
  const [path = "docs/runs/fanout/baseline.ndjson", bytes = "200"] = Deno.args;
  const title = `Processor time a copy: ${bytes} bytes, encrypted, 50 packets a second`;
  const svg = drawCurves(readRows(path, Number(bytes), false), title);
  Deno.stdout.writeSync(new TextEncoder().encode(svg));
}
