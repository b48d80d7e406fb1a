import { encode } from "uqr";

/** What a terminal can show. */
export interface DrawingTerminal {
  readonly isTerminal: boolean;
  /** Whether to use its colours. */
  readonly color: boolean;
  /** Whether it shows more than ASCII. */
  readonly isUnicode: boolean;
  /** 0 where it is not known, as in some pseudo terminals. */
  columns(): number;
  rows(): number;
}

/** A QR code as lines for a terminal, each of them `columns` wide. */
export interface QrDrawing {
  readonly lines: readonly string[];
  readonly columns: number;
}

/** Modules of margin around a code (ISO/IEC 18004 section 5.3.8); without them many readers do not see it. */
const QUIET_ZONE = 4;

/**
 * Black on white whatever the terminal's colours are. The first two are the colours of a theme, for terminals of 8
 * colours; the others are exact. A theme may make its black a light colour.
 */
const BLACK_ON_WHITE = "\x1b[30;47m\x1b[38;5;16;48;5;231m";
const WHITE_GROUND = "\x1b[47m\x1b[48;5;231m";
const BLACK_GROUND = "\x1b[40m\x1b[48;5;16m";
const OWN_COLORS = "\x1b[39;49m";

/**
 * Draws a QR code of a text: two modules in a character with block characters, one in two characters with ASCII.
 * Without colours a light module is what the terminal draws and a dark one is its ground, as it is on a dark
 * terminal; on a light one the code is inverted, which most readers take.
 */
export function drawQrCode(
  text: string,
  { color, isUnicode }: Pick<DrawingTerminal, "color" | "isUnicode">,
): QrDrawing {
  const { data, size } = encode(text, { border: QUIET_ZONE });
  if (isUnicode) return { lines: drawBlocks(data, color), columns: size };
  return { lines: color ? drawGrounds(data) : drawSigns(data), columns: 2 * size };
}

function drawBlocks(rows: readonly boolean[][], color: boolean): string[] {
  return pairsOf(rows).map(([upper, lower]) => {
    const blocks = upper.map((isDark, x) =>
      blockFor(isDark === color, (lower?.[x] ?? false) === color)
    );
    return color ? `${BLACK_ON_WHITE}${blocks.join("")}${OWN_COLORS}` : blocks.join("");
  });
}

/** The number of rows is odd: the last has none below it, which is drawn as light. */
function pairsOf(rows: readonly boolean[][]): (readonly [boolean[], boolean[] | undefined])[] {
  return rows.flatMap((row, y) => y % 2 === 0 ? [[row, rows[y + 1]] as const] : []);
}

function blockFor(isUpperDrawn: boolean, isLowerDrawn: boolean): string {
  if (isUpperDrawn) return isLowerDrawn ? "█" : "▀";
  return isLowerDrawn ? "▄" : " ";
}

function drawGrounds(rows: readonly boolean[][]): string[] {
  return rows.map((row) => {
    const modules = row.map((isDark, x) => {
      const ground = isDark ? BLACK_GROUND : WHITE_GROUND;
      return `${row[x - 1] === isDark ? "" : ground}  `;
    });
    return modules.join("") + OWN_COLORS;
  });
}

function drawSigns(rows: readonly boolean[][]): string[] {
  return rows.map((row) => row.map((isDark) => isDark ? "  " : "##").join(""));
}

/**
 * The lines of a QR code where it is asked for or, unless it is refused, where the terminal has room for all of it.
 *
 * @param wish true for a code anywhere, false for none; when undefined, the terminal's size decides.
 * @returns "" for no code, else lines that end in a line end.
 */
export function qrCodeFor(terminal: DrawingTerminal, text: string, wish?: boolean): string {
  if (wish === false || (wish === undefined && !terminal.isTerminal)) return "";
  const drawing = drawQrCode(text, terminal);
  if (wish === undefined && !hasRoom(terminal, drawing)) return "";
  return drawing.lines.map((line) => `${line}\n`).join("");
}

/** A line as wide as the terminal may leave an empty one behind; the row below the code has the cursor. */
function hasRoom(terminal: DrawingTerminal, { lines, columns }: QrDrawing): boolean {
  return columns < terminal.columns() && lines.length < terminal.rows();
}
