import type { DataHead } from "../shared/data/data_message.ts";
import type { DataValue } from "../shared/data/data_values.ts";

/**
 * A message as CSV (RFC 4180): a row of names and a row of values. `count` and `time` come first, then the values
 * sorted by name, so that a column stays where it is. Arrays are JSON. Texts are given as they are, also those that a
 * spreadsheet would take for a formula: a program that reads the table must get what the source said.
 */
export function dataTable({ count, time, values }: DataHead): string {
  const names = Object.keys(values).sort();
  const rows = [
    ["count", "time", ...names],
    [count, time, ...names.map((name) => values[name]!)],
  ];
  return rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value: DataValue): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // Spaces at the ends too: some readers cut them off where there are no quotes.
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
