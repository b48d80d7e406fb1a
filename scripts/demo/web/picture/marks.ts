import type { PacketState } from "../../../../shared/page/page_network.ts";

/** The colours of the marks, by state; every state has a shape of its own too. */
export type MarkColors = Readonly<Record<PacketState | "cursor" | "ground", string>>;

type Context = CanvasRenderingContext2D;
type Draw = (context: Context, x: number, y: number, colors: MarkColors) => void;

/** Reads the colours of the style sheet, which differ by theme. */
export function readColors(element: Element): MarkColors {
  const style = getComputedStyle(element);
  const names = [...Object.keys(MARKS), "cursor", "ground"];
  return Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(`--mark-${name}`).trim()]),
  ) as MarkColors;
}

/** Draws the mark of a state around a point. */
export function drawMark(
  context: Context,
  state: PacketState,
  { x, y }: { readonly x: number; readonly y: number },
  colors: MarkColors,
): void {
  context.fillStyle = context.strokeStyle = colors[state];
  context.lineWidth = 2;
  context.lineCap = "round";
  context.lineJoin = "round";
  MARKS[state](context, x, y, colors);
}

const MARKS: Readonly<Record<PacketState, Draw>> = {
  "on-the-way": (context, x, y) => {
    context.beginPath();
    context.arc(x, y, 2, 0, 2 * Math.PI);
    context.fill();
  },
  received: (context, x, y) => context.fillRect(x - 3.5, y - 5, 7, 10),
  duplicate: (context, x, y) => {
    context.fillRect(x - 5, y - 6, 6, 9);
    context.lineWidth = 1.5;
    context.strokeRect(x - 1.75, y - 2.25, 6, 8);
  },
  reordered: (context, x, y) => polygon(context, [[x - 5, y], [x + 4.5, y - 6], [x + 4.5, y + 6]]),
  late: (context, x, y) => {
    context.beginPath();
    context.arc(x, y, 4.75, 0, 2 * Math.PI);
    context.moveTo(x, y - 2.5);
    context.lineTo(x, y);
    context.lineTo(x + 2, y);
    context.lineWidth = 1.75;
    context.stroke();
  },
  lost: (context, x, y) => cross(context, x, y, 4),
  requested: (context, x, y) => {
    diamond(context, x, y, 5);
    context.stroke();
  },
  repaired: (context, x, y) => {
    diamond(context, x, y, 6);
    context.fill();
  },
  missed: (context, x, y, colors) => {
    context.fillRect(x - 6, y - 7, 12, 14);
    context.strokeStyle = colors.ground;
    cross(context, x, y, 3);
  },
};

function cross(context: Context, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.stroke();
}

function diamond(context: Context, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
}

function polygon(context: Context, points: readonly (readonly [number, number])[]): void {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  context.fill();
}
