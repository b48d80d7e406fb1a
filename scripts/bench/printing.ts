import type { Measured } from "./process_usage.ts";

export function print(line: string): void {
  console.log(line);
}

/** One line of cells, each aligned to the right in its number of columns. */
export function row(cells: readonly (readonly [text: string, columns: number])[]): string {
  return cells.map(([text, columns]) => text.padStart(columns)).join("");
}

export function percent(share: number | undefined): string {
  return share === undefined ? "?" : `${(share * 100).toFixed(1)} %`;
}

export function ms(millis: number): string {
  return `${millis.toFixed(2)} ms`;
}

/** Memory at start and end, each averaged over a tenth of the samples to even out the collector. */
export function memoryOverTime(measured: Measured | undefined): string {
  if (!measured) return "not measured here";
  const { residentBytes } = measured;
  const tenth = Math.max(1, Math.floor(residentBytes.length / 10));
  const [start, end] = [residentBytes.slice(0, tenth), residentBytes.slice(-tenth)].map(mean);
  const perMinute = (end! - start!) / Math.max(residentBytes.length - 1, 1) * 60;
  return `${megabytes(start!)} MB -> ${megabytes(end!)} MB (${megabytes(perMinute)} MB/min)`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
