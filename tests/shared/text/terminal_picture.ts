/** The two colours of a terminal's theme, as shades from 0 (black) to 255. */
export interface Theme {
  readonly ground: number;
  readonly text: number;
}

export const DARK: Theme = { ground: 0x1e, text: 0xcc };
export const LIGHT: Theme = { ground: 0xff, text: 0x33 };

/** What decoders take: four bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

const CELL = { width: 3, height: 6 };
/** Of the 256 colours of terminals, those that a code uses. */
const SHADES = new Map([[16, 0], [231, 255]]);

interface Cell {
  readonly upper: number;
  readonly lower: number;
}

/** The picture of a terminal with these lines; the rest of its window is empty. */
export function pictureOf(lines: readonly string[], columns: number, theme: Theme): Picture {
  const [width, height] = [columns * CELL.width, lines.length * CELL.height];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (const [row, line] of lines.entries()) {
    const cells = cellsOf(line, theme);
    for (let y = 0; y < CELL.height; y++) {
      for (let x = 0; x < width; x++) {
        const cell = cells[Math.floor(x / CELL.width)];
        const shade = y < CELL.height / 2 ? cell?.upper : cell?.lower;
        const place = ((row * CELL.height + y) * width + x) * 4;
        data.fill(shade ?? theme.ground, place, place + 3);
      }
    }
  }
  return { width, height, data };
}

function cellsOf(line: string, theme: Theme): Cell[] {
  let { ground, text } = theme;
  const cells: Cell[] = [];
  // deno-lint-ignore no-control-regex -- terminals are made of them
  for (const [part, codes] of line.matchAll(/\x1b\[([\d;]*)m|[^]/gu)) {
    if (codes === undefined) cells.push(cellOf(part, { ground, text }));
    else if (codes === "39;49") ({ ground, text } = theme);
    else {
      text = shadeIn(codes, 38) ?? text;
      ground = shadeIn(codes, 48) ?? ground;
    }
  }
  return cells;
}

function shadeIn(codes: string, which: 38 | 48): number | undefined {
  const color = new RegExp(`(?:^|;)${which};5;(\\d+)`).exec(codes)?.[1];
  return color === undefined ? undefined : SHADES.get(Number(color));
}

function cellOf(sign: string, { ground, text }: Theme): Cell {
  switch (sign) {
    case " ":
      return { upper: ground, lower: ground };
    case "▀":
      return { upper: text, lower: ground };
    case "▄":
      return { upper: ground, lower: text };
    case "█":
    // It is drawn thinner, but what two of them make is told apart all the same.
    // falls through
    case "#":
      return { upper: text, lower: text };
  }
  throw new Error(`A code has no such character: ${JSON.stringify(sign)}`);
}
