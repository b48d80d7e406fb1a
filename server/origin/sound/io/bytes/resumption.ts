import type { HttpAnswer } from "./http_answer.ts";

/** `"restart"` says that what follows does not go on where the bytes before it ended. */
export type Piece = Uint8Array | "restart";

/** Of a stream without a length so much is compared to tell a file, which begins the same again. */
const BEGINNING_BYTES = 16 * 1024;

/** How much of a stream was had, and how it began. */
export class BytesHad {
  #position = 0;
  readonly #beginning = new Uint8Array(BEGINNING_BYTES);

  get position(): number {
    return this.#position;
  }

  get beginning(): Uint8Array {
    return this.#beginning.subarray(0, this.#position);
  }

  add(chunk: Uint8Array): void {
    if (this.#position < BEGINNING_BYTES) {
      this.#beginning.set(chunk.subarray(0, BEGINNING_BYTES - this.#position), this.#position);
    }
    this.#position += chunk.length;
  }

  clear(): void {
    this.#position = 0;
  }
}

/** Makes of an answer's body what goes on behind the bytes that were had. */
export interface Continuation {
  push(chunk: Uint8Array): readonly Piece[];
}

/** Leaves out what was had already. */
export class SkipBytes implements Continuation {
  #left: number;

  constructor(byteCount: number) {
    this.#left = byteCount;
  }

  push(chunk: Uint8Array): readonly Piece[] {
    const rest = chunk.subarray(Math.min(this.#left, chunk.length));
    this.#left -= chunk.length - rest.length;
    return rest.length > 0 ? [rest] : [];
  }
}

/** A live stream: what was missed is missed. */
export class Anew implements Continuation {
  #hasBegun = false;

  push(chunk: Uint8Array): readonly Piece[] {
    if (this.#hasBegun) return [chunk];
    this.#hasBegun = true;
    return ["restart", chunk];
  }
}

/** A file if it begins with the same bytes as before, which are left out then; live if not. */
export class SameOrAnew implements Continuation {
  readonly #beginning: Uint8Array;
  readonly #position: number;
  #compared = 0;
  #decided: Continuation | undefined;

  constructor({ beginning, position }: Pick<BytesHad, "beginning" | "position">) {
    this.#beginning = beginning.slice();
    this.#position = position;
  }

  push(chunk: Uint8Array): readonly Piece[] {
    if (this.#decided) return this.#decided.push(chunk);
    const expected = this.#beginning.subarray(this.#compared, this.#compared + chunk.length);
    const isSame = expected.every((byte, index) => byte === chunk[index]);
    const before = this.#beginning.subarray(0, this.#compared);
    if (!isSame) {
      this.#decided = new Anew();
      return [before, chunk].filter(({ length }) => length > 0)
        .flatMap((part) => this.#decided!.push(part));
    }
    this.#compared += expected.length;
    if (this.#compared < this.#beginning.length) return [];
    this.#decided = new SkipBytes(this.#position - before.length);
    return this.#decided.push(chunk);
  }
}

/** What is known of a stream that broke off. */
export interface BrokenStream {
  readonly had: BytesHad;
  /** Of the whole file, in bytes; undefined when it has none. */
  readonly length: number | undefined;
  readonly isRadio: boolean;
}

/**
 * How to go on with an answer. ended: there is nothing behind what was had. refused: not with this
 * one. elsewhere: it is a part of the file that does not begin where it should.
 */
export type Resumption =
  | {
    readonly kind: "go-on";
    readonly with: Continuation;
    readonly isRadio: boolean;
    /** Of the whole file as it is now. */
    readonly length: number | undefined;
  }
  | { readonly kind: "ended" | "refused" | "elsewhere" };

/** Judges an answer to a request for the bytes from `had.position` on (RFC 9110, section 14). */
export function judgeResumption(answer: HttpAnswer, broken: BrokenStream): Resumption {
  const { had, isRadio } = broken;
  const { status, body } = answer;
  if (status === 416) return judgeUnsatisfiable(answer, had.position);
  if ((status !== 200 && status !== 206) || body === null) return { kind: "refused" };
  if (isRadio || answer.isRadio) {
    return { kind: "go-on", with: new Anew(), isRadio: true, length: undefined };
  }
  return status === 206 ? judgePart(answer, broken) : judgeWhole(answer, broken);
}

function judgePart({ headers }: HttpAnswer, { had, length }: BrokenStream): Resumption {
  const { position } = had;
  const part = parseContentRange(headers);
  if (part === undefined) return { kind: "elsewhere" };
  const { first = position, total = length } = part;
  if (first > position) return { kind: "elsewhere" };
  return skipTo(position - first, { total, position });
}

function judgeWhole({ headers }: HttpAnswer, { had, length }: BrokenStream): Resumption {
  if (length === undefined) {
    return { kind: "go-on", with: new SameOrAnew(had), isRadio: false, length };
  }
  const { position } = had;
  return skipTo(position, { total: lengthOf(headers) ?? length, position });
}

function skipTo(
  byteCount: number,
  { total, position }: { readonly total: number | undefined; readonly position: number },
): Resumption {
  if (total !== undefined && total <= position) return { kind: "ended" };
  return { kind: "go-on", with: new SkipBytes(byteCount), isRadio: false, length: total };
}

function judgeUnsatisfiable({ headers }: HttpAnswer, position: number): Resumption {
  const total = /^bytes \*\/(\d+)$/i.exec(headers.get("content-range")?.trim() ?? "")?.[1];
  return { kind: total !== undefined && Number(total) <= position ? "ended" : "elsewhere" };
}

/**
 * Where a part lies; a server that says nothing of it is taken to give what was asked for. Undefined
 * when it is not one part, or not of bytes.
 */
function parseContentRange(
  headers: Headers,
): { readonly first?: number; readonly total?: number } | undefined {
  const text = headers.get("content-range");
  if (text === null) {
    return /^multipart\//i.test(headers.get("content-type") ?? "") ? undefined : {};
  }
  const [, first, total] = /^\s*bytes\s+(\d+)-\d+\/(\d+|\*)\s*$/i.exec(text) ?? [];
  if (first === undefined) return undefined;
  return { first: Number(first), ...(total !== "*" && { total: Number(total) }) };
}

/** Of a whole body, in bytes. */
export function lengthOf(headers: Headers): number | undefined {
  const text = headers.get("content-length")?.trim() ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
