import * as v from "valibot";
import { MAX_BODY_BYTES } from "../../../shared/directory/forms.ts";
import { type Answer, answer, refuse, type Refused } from "../core/answer.ts";

const TOO_LARGE = refuse("too-large", "too-large", `A body has at most ${MAX_BODY_BYTES} bytes`);
const NOT_JSON = refuse("malformed", "not-json", "The body must be one JSON object in UTF-8");

/** Reads and checks a JSON body; one that is too large is not read. */
export async function readBody<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Promise<Answer<v.InferOutput<Schema>>> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return TOO_LARGE;
  const bytes = await readAtMost(request.body, MAX_BODY_BYTES);
  if (bytes === undefined) return TOO_LARGE;
  const body = parseObject(bytes);
  return body === undefined ? NOT_JSON : check(schema, body, "unprocessable", "body");
}

/** Checks the query: each name once, and no other names. An empty value is the same as none, as forms send it. */
export function readQuery<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema & { readonly entries: object },
): Answer<v.InferOutput<Schema>> {
  const pairs = [...new URL(request.url).searchParams];
  const names = new Set(pairs.map(([name]) => name));
  const unknown = [...names].find((name) => !Object.hasOwn(schema.entries, name));
  if (unknown !== undefined || names.size < pairs.length) {
    const known = Object.keys(schema.entries).join(", ");
    return refuse("malformed", "bad-query", `A query has each of these at most once: ${known}`);
  }
  const given = pairs.filter(([, value]) => value !== "");
  return check(schema, Object.fromEntries(given), "malformed", "query");
}

function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  kind: Refused["kind"],
  where: string,
): Answer<v.InferOutput<Schema>> {
  const checked = v.safeParse(schema, value, { abortPipeEarly: true });
  if (checked.success) return answer(checked.output);
  const [issue] = checked.issues;
  return refuse(kind, `bad-${where}`, `"${v.getDotPath(issue) ?? where}" ${explain(issue)}`);
}

/** The message without what was received, which may be a secret. */
function explain({ message, expected, kind }: v.BaseIssue<unknown>): string {
  if (kind === "validation" && !message.startsWith("Invalid")) return message;
  return expected ? `is not as it must be: expected ${expected}` : "is not as it must be";
}

function parseObject(bytes: Uint8Array): object | undefined {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @returns undefined as soon as there is more than `max`. */
async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  max: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > max) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
