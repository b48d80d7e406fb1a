import type { HttpAnswer } from "./http_answer.ts";

/** `"restart"` means: the next bytes do not continue the bytes before. */
export type Piece = Uint8Array | "restart";

/**
 * A file that the server sends without a length begins with the same bytes again after a
 * reconnection, a live stream does not. This many bytes are compared.
 */
const BEGINNING_BYTES = 16 * 1024;

/** How many bytes of a stream were received, and the first of them. */
export class ReceivedBytes {
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

/** Selects the new bytes of an answer's body. */
export interface Continuation {
  push(chunk: Uint8Array): readonly Piece[];
}

/** Skips the first bytes, which were received before. */
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

/** A live stream: everything is new, and the bytes in between are lost. */
class Restart implements Continuation {
  #hasBegun = false;

  push(chunk: Uint8Array): readonly Piece[] {
    if (this.#hasBegun) return [chunk];
    this.#hasBegun = true;
    return ["restart", chunk];
  }
}

/**
 * Skips the received bytes if the answer begins with the same bytes (a file); restarts if not
 * (live).
 */
export class SkipOrRestart implements Continuation {
  readonly #beginning: Uint8Array;
  readonly #position: number;
  #compared = 0;
  #decided: Continuation | undefined;

  constructor({ beginning, position }: Pick<ReceivedBytes, "beginning" | "position">) {
    this.#beginning = beginning.slice();
    this.#position = position;
  }

  push(chunk: Uint8Array): readonly Piece[] {
    if (this.#decided) return this.#decided.push(chunk);
    const expected = this.#beginning.subarray(this.#compared, this.#compared + chunk.length);
    const isSame = expected.every((byte, index) => byte === chunk[index]);
    const before = this.#beginning.subarray(0, this.#compared);
    if (!isSame) {
      this.#decided = new Restart();
      return [before, chunk].filter(({ length }) => length > 0)
        .flatMap((part) => this.#decided!.push(part));
    }
    this.#compared += expected.length;
    if (this.#compared < this.#beginning.length) return [];
    this.#decided = new SkipBytes(this.#position - before.length);
    return this.#decided.push(chunk);
  }
}

/** What is known of a stream whose connection broke. */
export interface BrokenStream {
  readonly received: ReceivedBytes;
  /** Length of the whole file in bytes; undefined when the server named none. */
  readonly length: number | undefined;
  readonly isRadio: boolean;
}

/**
 * How to continue with an answer. `go-on`: read its body. `ended`: the file has no more bytes.
 * `refused`: the answer has no usable body. `elsewhere`: the answer is another part of the file
 * than the requested one.
 */
export type Resumption =
  | {
    readonly kind: "go-on";
    readonly with: Continuation;
    readonly isRadio: boolean;
    /** Length of the whole file now, in bytes. */
    readonly length: number | undefined;
  }
  | { readonly kind: "ended" | "refused" | "elsewhere" };

/**
 * Judges the answer to a request for the bytes from `received.position` on (RFC 9110 section 14).
 */
export function judgeResumption(answer: HttpAnswer, broken: BrokenStream): Resumption {
  const { received, isRadio } = broken;
  const { status, body } = answer;
  if (status === 416) return judgeUnsatisfiable(answer, received.position);
  if ((status !== 200 && status !== 206) || body === null) return { kind: "refused" };
  if (isRadio || answer.isRadio) {
    return { kind: "go-on", with: new Restart(), isRadio: true, length: undefined };
  }
  return status === 206 ? judgePart(answer, broken) : judgeWhole(answer, broken);
}

function judgePart({ headers }: HttpAnswer, { received, length }: BrokenStream): Resumption {
  const { position } = received;
  const part = parseContentRange(headers);
  if (part === undefined) return { kind: "elsewhere" };
  const { first = position, total = length } = part;
  if (first > position) return { kind: "elsewhere" };
  return skipTo(position - first, { total, position });
}

function judgeWhole({ headers }: HttpAnswer, { received, length }: BrokenStream): Resumption {
  if (length === undefined) {
    return { kind: "go-on", with: new SkipOrRestart(received), isRadio: false, length };
  }
  const { position } = received;
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
 * Which bytes the answer holds. Without a Content-Range the answer is taken for the requested part.
 * Undefined when the answer is not one part, or not a part in bytes.
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

/** The Content-Length in bytes; undefined without a valid one. */
export function lengthOf(headers: Headers): number | undefined {
  const text = headers.get("content-length")?.trim() ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
