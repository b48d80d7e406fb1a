import { Utf8Stream } from "../../../../shared/text/text_bytes.ts";
import { readChunks } from "../../io/bytes/open_bytes.ts";
import { type Line, LineSplitter } from "../../../../shared/text/line_splitter.ts";
import { type Arrival, MAX_ARRIVAL_BYTES } from "./arrivals.ts";

/** The lines of a stream of NDJSON, in UTF-8 or UTF-16; empty lines are passed over. Ends when `signal` aborts. */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const text = new Utf8Stream();
  const splitter = new LineSplitter(MAX_ARRIVAL_BYTES);
  for await (const chunk of readChunks(stream, signal)) {
    yield* arrivalsOf(splitter.push(text.push(chunk)));
  }
  if (signal.aborted) return;
  yield* arrivalsOf(splitter.push(text.end()));
  const last = splitter.end();
  if (last) yield* arrivalsOf([last]);
}

function* arrivalsOf(lines: Iterable<Line>): Generator<Arrival> {
  for (const { bytes } of lines) {
    if (bytes === undefined) yield { kind: "too-large" };
    else if (!isBlank(bytes)) yield { kind: "json", bytes };
  }
}

const SPACES = new Set([0x20, 0x09, 0x0d]);

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => SPACES.has(byte));
}
