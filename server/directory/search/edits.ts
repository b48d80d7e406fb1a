/**
 * The fewest edits that make one word of the other: a letter replaced, added or left out, or two neighbours
 * swapped; what was edited is not edited again ("optimal string alignment", after F. J. Damerau, 1964).
 *
 * @returns undefined when it takes more than `most`.
 */
export function editsBetween(one: string, other: string, most: number): number | undefined {
  if (Math.abs(one.length - other.length) > most) return undefined;
  let rows: Rows = { beforeLast: [], last: [], row: [] };
  for (let column = 0; column <= other.length; column++) rows.row.push(column);
  for (let line = 1; line <= one.length; line++) {
    rows = { beforeLast: rows.last, last: rows.row, row: rows.beforeLast };
    // A row is never more than one below the row before, so swapping can't get below `most` again either.
    if (fillRow(rows, one, other, line) > most) return undefined;
  }
  const edits = rows.row[other.length]!;
  return edits <= most ? edits : undefined;
}

/** Edits between the first letters of one word (a row for each number of them) and of the other (a column). */
interface Rows {
  readonly beforeLast: number[];
  readonly last: number[];
  readonly row: number[];
}

/** @returns the least number in the row. */
function fillRow(
  { beforeLast, last, row }: Rows,
  one: string,
  other: string,
  line: number,
): number {
  let least = row[0] = line;
  const letter = one[line - 1];
  for (let column = 1; column <= other.length; column++) {
    const replaced = last[column - 1]! + (letter === other[column - 1] ? 0 : 1);
    let edits = Math.min(replaced, last[column]! + 1, row[column - 1]! + 1);
    const isSwapped = line > 1 && letter === other[column - 2] &&
      one[line - 2] === other[column - 1];
    if (isSwapped) edits = Math.min(edits, beforeLast[column - 2]! + 1);
    row[column] = edits;
    if (edits < least) least = edits;
  }
  return least;
}
