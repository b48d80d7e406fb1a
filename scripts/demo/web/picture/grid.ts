import { KEPT_PACKETS } from "../../../../shared/page/page_network.ts";

/** Pixels of a mark with the space around it. */
export const CELL = { width: 14, height: 20 };
/** About as many packets as a lane shows; fewer where it is narrow. */
const WANTED = 240;
const MOST_ROWS = 9;
const FEWEST_ROWS = 3;
/** Between the newest mark and the oldest. */
const GAP = 3;

/**
 * Where the marks of a lane stand. Each packet has a place of its own, by its number, and stays there: what happens to
 * it shows in place, and nothing moves. The newest packets take the places of the oldest, row by row.
 */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

/** @param width pixels. */
export function gridFor(width: number): Grid {
  const columns = Math.max(Math.floor(width / CELL.width), 1);
  const rows = Math.min(Math.max(Math.ceil(WANTED / columns), FEWEST_ROWS), MOST_ROWS);
  // More would not be kept.
  const fitting = Math.min(rows, Math.max(Math.floor(KEPT_PACKETS / columns), 1));
  return { columns, rows: fitting, width, height: fitting * CELL.height };
}

/** The middle of a packet's place. */
export function placeOf({ columns, rows }: Grid, sequence: number): { x: number; y: number } {
  const count = columns * rows;
  const index = ((sequence % count) + count) % count;
  return {
    x: (index % columns + 0.5) * CELL.width,
    y: (Math.floor(index / columns) + 0.5) * CELL.height,
  };
}

/** The number of the first packet that is shown. */
export function firstShown({ columns, rows }: Grid, newest: number): number {
  return newest - (columns * rows - GAP) + 1;
}

/** Which packet is shown there; undefined where none is. */
export function packetAt(
  grid: Grid,
  newest: number,
  { x, y }: { readonly x: number; readonly y: number },
): number | undefined {
  const { columns, rows } = grid;
  const column = Math.floor(x / CELL.width);
  const row = Math.floor(y / CELL.height);
  if (column < 0 || column >= columns || row < 0 || row >= rows) return undefined;
  const count = columns * rows;
  const index = row * columns + column;
  const newestIndex = ((newest % count) + count) % count;
  const sequence = newest - ((newestIndex - index + count) % count);
  return sequence >= firstShown(grid, newest) ? sequence : undefined;
}
