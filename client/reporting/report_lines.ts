import * as v from "valibot";
import type { WallMillis } from "../../shared/core/units.ts";
import { REPORT_TYPES } from "../../shared/report/report.ts";
import { LineSplitter, MAX_LINE_BYTES } from "../../shared/text/line_splitter.ts";
import type { Line } from "../../shared/text/line_splitter.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import { decodeText, Utf8Stream } from "../../shared/text/text_bytes.ts";
import type { ReportDraft } from "./report_draft.ts";

/** A line of `--report`: a report, or what is wrong, in words that name the line. */
export type ReportLine =
  | { readonly ok: true; readonly draft: ReportDraft }
  | { readonly ok: false; readonly problem: string };

/** Milliseconds since 1970, or a text as ISO 8601 has it. */
const time = v.union([
  v.pipe(v.number(), v.finite()),
  v.pipe(
    v.string(),
    v.check((text) => Number.isFinite(Date.parse(text))),
    v.transform((text) => Date.parse(text)),
  ),
]);
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const EventSchema = v.object({
  id: v.optional(id),
  type: v.optional(v.picklist(REPORT_TYPES)),
  title: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(80))),
  origin: v.optional(v.pipe(v.string(), v.maxLength(80))),
  time: v.optional(time),
  supersedes: v.optional(id),
});

const EXAMPLE = '{"title": "Goal", "origin": "Home"}';
const EXPECTED: Readonly<Record<string, string>> = {
  id: "a text of 1 to 64 characters",
  type: `one of ${REPORT_TYPES.join(", ")}`,
  title: "the title of an action, 1 to 80 characters",
  origin: 'a team, or "" for what concerns both',
  time: "milliseconds since 1970 or an ISO 8601 time",
  supersedes: "the id of a report (undo) or of an accepted event (correction)",
};

/**
 * Reads reports as NDJSON, in UTF-8 or UTF-16, as they come. A line is a report or just its `event`; what has no
 * time happens when it is read. A wrong line is told by its number, and reading goes on. Never throws.
 */
export class ReportLines {
  readonly #text = new Utf8Stream();
  readonly #splitter = new LineSplitter();

  /** @param wallNow the time of day of this machine. */
  *push(chunk: Uint8Array, wallNow: WallMillis): Generator<ReportLine> {
    for (const line of this.#splitter.push(this.#text.push(chunk))) yield* readLine(line, wallNow);
  }

  /** The stream has ended. Reads a last line without a newline. */
  *end(wallNow: WallMillis): Generator<ReportLine> {
    yield* this.push(this.#text.end(), wallNow);
    const last = this.#splitter.end();
    if (last) yield* readLine(last, wallNow);
  }
}

function* readLine({ number, bytes }: Line, wallNow: WallMillis): Generator<ReportLine> {
  const wrong = (problem: string): ReportLine => ({
    ok: false,
    problem: `line ${number}: ${problem}: the line is left out`,
  });
  if (!bytes) return yield wrong(`it is longer than ${MAX_LINE_BYTES / 1024} KB`);
  const text = decodeText(bytes);
  if (text === undefined) return yield wrong("it is not UTF-8 text");
  if (text.trim() === "") return;
  const read = readReportLine(text, wallNow);
  yield typeof read === "string" ? wrong(read) : { ok: true, draft: read };
}

/** @returns what is wrong, as a text. */
function readReportLine(text: string, wallNow: WallMillis): ReportDraft | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return `it is not JSON such as ${EXAMPLE}`;
  }
  const result = v.safeParse(EventSchema, eventOf(json));
  if (!result.success) return explain(result.issues[0]);
  const { title, type, supersedes } = result.output;
  if (title === undefined && type !== "undo") {
    return `"title" is missing: it must be ${EXPECTED.title}`;
  }
  if (supersedes === undefined && (type === "undo" || type === "correction")) {
    return `"supersedes" is missing: it must be ${EXPECTED.supersedes}`;
  }
  return { ...result.output, time: result.output.time ?? wallNow };
}

function eventOf(json: unknown): unknown {
  const isReport = typeof json === "object" && json !== null && "event" in json;
  return isReport ? json.event : json;
}

function explain(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue) ?? "";
  const expected = EXPECTED[field];
  if (expected === undefined) {
    return `it must be an object such as ${EXAMPLE}`;
  }
  return `"${field}" is ${shorten(issue.input)}: it must be ${expected}`;
}

function shorten(value: unknown): string {
  const text = plainText(JSON.stringify(value) ?? String(value));
  return text.length <= 40 ? text : text.slice(0, 40).toWellFormed() + "…";
}
