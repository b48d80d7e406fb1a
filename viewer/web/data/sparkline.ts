import type { Points } from "../../../shared/page/value_history.ts";

/** The seconds that a line of a value reaches back. */
const SECONDS = 300;
const LINE_WIDTH = 1.5;

/** Colours as the style sheet has them. */
export interface LineColors {
  readonly line: string;
  readonly faint: string;
}

export function colorsOf(element: Element): LineColors {
  const style = getComputedStyle(element);
  return {
    line: style.getPropertyValue("--value-line").trim(),
    faint: style.getPropertyValue("--value-band").trim(),
  };
}

/** A point of a line: x from 0 to 1, and the lowest and highest number there. */
interface Spot {
  readonly x: number;
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

/** Draws the last minutes of a value: its last number in each half second, and a band for what was between. */
export function drawHistory(canvas: HTMLCanvasElement, points: Points, colors: LineColors): void {
  const spots = points.seconds.map((second, at) => ({
    x: 1 + second / SECONDS,
    low: points.low[at]!,
    high: points.high[at]!,
    last: points.last[at]!,
  }));
  draw(canvas, spots, colors);
}

/** Draws the elements of an array from left to right. */
export function drawArray(
  canvas: HTMLCanvasElement,
  numbers: readonly number[],
  colors: LineColors,
): void {
  const spots = numbers.map((last, at) => ({
    x: at / (numbers.length - 1),
    low: last,
    high: last,
    last,
  }));
  draw(canvas, spots, colors);
}

export function drawNothing(canvas: HTMLCanvasElement): void {
  canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
}

function draw(
  canvas: HTMLCanvasElement,
  spots: readonly Spot[],
  { line, faint }: LineColors,
): void {
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  if (canvas.width !== width) canvas.width = width!;
  if (canvas.height !== height) canvas.height = height!;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, width!, height!);
  if (spots.length === 0) return;
  const toX = (x: number) => LINE_WIDTH * ratio + x * (width! - 2 * LINE_WIDTH * ratio);
  const toY = scaleOf(spots, height!, 2 * LINE_WIDTH * ratio);
  context.fillStyle = faint;
  context.fill(bandOf(spots, toX, toY));
  context.strokeStyle = context.fillStyle = line;
  context.lineWidth = LINE_WIDTH * ratio;
  context.lineJoin = "round";
  context.stroke(lineOf(spots, toX, toY));
  const { x, last } = spots.at(-1)!;
  context.beginPath();
  context.arc(toX(x), toY(last), LINE_WIDTH * ratio, 0, 2 * Math.PI);
  context.fill();
}

type Scale = (number: number) => number;

/** What never changes is in the middle. */
function scaleOf(spots: readonly Spot[], height: number, margin: number): Scale {
  const low = spots.reduce((lowest, spot) => Math.min(lowest, spot.low), Infinity);
  const high = spots.reduce((highest, spot) => Math.max(highest, spot.high), -Infinity);
  const room = height - 2 * margin;
  if (!(high > low)) return () => height / 2;
  return (number) => margin + (high - number) / (high - low) * room;
}

function lineOf(spots: readonly Spot[], toX: Scale, toY: Scale): Path2D {
  const path = new Path2D();
  for (const { x, last } of spots) path.lineTo(toX(x), toY(last));
  return path;
}

function bandOf(spots: readonly Spot[], toX: Scale, toY: Scale): Path2D {
  const path = new Path2D();
  for (const { x, high } of spots) path.lineTo(toX(x), toY(high));
  for (const { x, low } of spots.toReversed()) path.lineTo(toX(x), toY(low));
  path.closePath();
  return path;
}
