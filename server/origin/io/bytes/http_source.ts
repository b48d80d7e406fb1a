import { linkedSignal } from "../../../../shared/core/linked_signal.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { ExitCode } from "../../../../shared/core/errors.ts";
import {
  type ByteSource,
  type ByteSourceContext,
  type ByteUse,
  describeLocation,
  type HttpPatience,
  SOUND_USE,
  sourceError,
} from "./location.ts";
import {
  type Continuation,
  judgeResumption,
  lengthOf,
  type Piece,
  ReceivedBytes,
  SkipBytes,
} from "./resumption.ts";
import { discard, type HttpAnswer } from "./http_answer.ts";
import { request } from "./http_request.ts";
import { IcyMetadataStripper, metadataInterval } from "./icy.ts";
import { readPlaylistAnswer } from "./playlist_files.ts";

const DEFAULT_PATIENCE: HttpPatience = { pause, silenceMillis: 15_000 };

const FIRST_BACKOFF_MILLIS = 500;
const MAX_BACKOFF_MILLIS = 8000;
/** A stream is given up when its pauses add up to this, without new bytes in between. */
const GIVE_UP_AFTER_MILLIS = 60_000;
/** How many characters of a server's status text are shown. */
const MAX_STATUS_TEXT = 80;

/**
 * Opens an http(s) address. After a lost connection it reconnects with growing pauses; a file then
 * continues at the byte where the connection broke, even if the server does not support ranges.
 *
 * @throws CommandError when there is no answer, or one without content; PlaylistFound when the answer
 * is a playlist.
 */
export async function openHttp(location: string, context: ByteSourceContext): Promise<ByteSource> {
  const connection = new HttpConnection(location, context);
  await connection.open();
  return connection;
}

class HttpConnection implements ByteSource {
  readonly #location: string;
  readonly #name: string;
  readonly #use: ByteUse;
  readonly #context: ByteSourceContext;
  readonly #patience: HttpPatience;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #received = new ReceivedBytes();
  #answer: HttpAnswer | undefined;
  #abort = new AbortController();
  /** Selects the new bytes of the current answer. */
  #continuation: Continuation = new SkipBytes(0);
  /** Length of the whole file in bytes; undefined for a stream without end. */
  #length: number | undefined;
  #isRadio = false;
  /**
   * Whether to request the missing part of a file only; false once the server sent a wrong part.
   */
  #asksForParts = true;
  /** Sum of the pauses since the last new byte. */
  #waited: Millis = 0;

  constructor(location: string, context: ByteSourceContext) {
    this.#use = context.use ?? SOUND_USE;
    const url = parseAddress(location, this.#use);
    this.#location = location;
    this.#name = describeLocation(location);
    this.#context = context;
    this.#patience = { ...DEFAULT_PATIENCE, ...context.patience };
    this.#headers = requestHeaders(url);
    url.username = url.password = "";
    this.#url = url.href;
  }

  get isLive(): boolean {
    return this.#length === undefined;
  }

  get contentType(): string | undefined {
    return this.#answer?.headers.get("content-type") ?? undefined;
  }

  async open(): Promise<void> {
    const answer = await this.#request();
    if (typeof answer === "string") throw sourceError(this.#use, this.#location, answer);
    const problem = refusal(answer, this.#use);
    if (problem !== undefined) {
      await discard(answer);
      throw sourceError(this.#use, this.#location, problem);
    }
    this.#isRadio = answer.isRadio;
    this.#length = answer.isRadio ? undefined : lengthOf(answer.headers);
    this.#answer = await this.#passPlaylist(answer);
  }

  async *chunks(): AsyncGenerator<Piece> {
    for (;;) {
      const hasEnded = yield* this.#readBody();
      if (this.#context.signal.aborted || (hasEnded && !this.#isRadio && this.#isWhole)) return;
      if (this.#waited === 0) {
        this.#context.onNotice(`lost the connection to ${this.#name}; connecting again`);
      }
      if (!await this.#reconnect()) return;
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    if (this.#answer) await discard(this.#answer);
  }

  get #isWhole(): boolean {
    return this.#length === undefined || this.#received.position >= this.#length;
  }

  /** @throws CommandError when the answer is a playlist, readable or not. */
  async #passPlaylist(answer: HttpAnswer): Promise<HttpAnswer> {
    if (!this.#use.takesPlaylists) return answer;
    const within = <Value>(start: () => Promise<Value>) => this.#withinPatience(start);
    const result = await readPlaylistAnswer(answer, this.#location, within);
    if (!(result instanceof Error)) return result;
    await discard(answer);
    throw result;
  }

  /** @returns true when the server ended the body, false when the connection broke. */
  async *#readBody(): AsyncGenerator<Piece, boolean> {
    const { body, headers } = this.#answer!;
    const reader = body!.getReader();
    const interval = metadataInterval(headers);
    const stripper = interval === undefined ? undefined : new IcyMetadataStripper(interval);
    try {
      for (;;) {
        const next = await this.#withinPatience(() => reader.read());
        if (next.done) return true;
        yield* this.#take(stripper ? stripper.push(next.value) : next.value);
      }
    } catch {
      // Every way of breaking is handled alike: by reconnecting.
      return false;
    } finally {
      this.#abort.abort();
      await reader.cancel().catch(() => {});
    }
  }

  #take(chunk: Uint8Array): readonly Piece[] {
    const pieces = this.#continuation.push(chunk);
    for (const piece of pieces) {
      if (piece === "restart") this.#received.clear();
      else this.#received.add(piece);
      this.#waited = 0;
    }
    return pieces;
  }

  /** The pauses also add up while a server answers but sends no new bytes. */
  async #reconnect(): Promise<boolean> {
    const { signal, onNotice } = this.#context;
    while (this.#waited < GIVE_UP_AFTER_MILLIS) {
      const backoff = Math.min(Math.max(this.#waited, FIRST_BACKOFF_MILLIS), MAX_BACKOFF_MILLIS);
      await this.#patience.pause(backoff, signal);
      if (signal.aborted) return false;
      this.#waited += backoff;
      const outcome = await this.#resume();
      if (outcome !== "failed") return outcome === "resumed";
    }
    const { content } = this.#use;
    onNotice(`gave up ${this.#name}: no ${content} for ${GIVE_UP_AFTER_MILLIS / 1000} s`);
    return false;
  }

  /** Requests the address again; a file from the byte where the connection broke. */
  async #resume(): Promise<"resumed" | "failed" | "ended"> {
    const { position } = this.#received;
    const isPart = !this.#isRadio && this.#asksForParts && position > 0;
    const answer = await this.#request(isPart ? position : undefined);
    if (typeof answer === "string") return "failed";
    const broken = { received: this.#received, length: this.#length, isRadio: this.#isRadio };
    const resumption = judgeResumption(answer, broken);
    if (resumption.kind !== "go-on") {
      await discard(answer);
      return this.#giveUpOn(resumption.kind);
    }
    this.#noteLength(resumption.length);
    this.#isRadio = resumption.isRadio;
    this.#continuation = resumption.with;
    this.#answer = answer;
    return "resumed";
  }

  #giveUpOn(kind: "ended" | "refused" | "elsewhere"): "failed" | "ended" {
    const { onNotice } = this.#context;
    if (kind === "ended") {
      const { content } = this.#use;
      onNotice(
        `${this.#name} has no bytes after the point where the connection broke; the ${content} ends there`,
      );
      return "ended";
    }
    if (kind === "elsewhere" && this.#asksForParts) {
      this.#asksForParts = false;
      onNotice(
        `${this.#name} sends another part than the missing one; requesting the whole file`,
      );
    }
    return "failed";
  }

  #noteLength(length: number | undefined): void {
    if (this.#length !== undefined && length !== undefined && length !== this.#length) {
      this.#context.onNotice(
        `${this.#name} has changed since then; reading continues at the same byte`,
      );
    }
    this.#length = length;
  }

  /** @returns the answer, or why there is none. */
  async #request(fromByte?: number): Promise<HttpAnswer | string> {
    this.#abort = new AbortController();
    const headers = { ...this.#headers };
    if (fromByte !== undefined) headers["range"] = `bytes=${fromByte}-`;
    const signal = linkedSignal(this.#context.signal, this.#abort.signal);
    return await this.#withinPatience(() => request(this.#url, headers, signal));
  }

  async #withinPatience<Value>(start: () => Promise<Value>): Promise<Value> {
    const timer = setTimeout(() => this.#abort.abort(), this.#patience.silenceMillis);
    try {
      return await start();
    } finally {
      clearTimeout(timer);
    }
  }
}

function parseAddress(location: string, use: ByteUse): URL {
  if (!URL.canParse(location)) {
    const problem =
      "is not an address; write http://HOST/PATH, and / ? # in a password as %2F %3F %23";
    throw sourceError(use, location, problem, ExitCode.usage);
  }
  const url = new URL(location);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw sourceError(
    use,
    location,
    "is not an http or https address; give one, or a file",
    ExitCode.usage,
  );
}

/** No `Icy-MetaData` header: with it a radio would mix song titles into the sound. */
export function requestHeaders({ username, password }: URL): Record<string, string> {
  const headers = { "accept-encoding": "identity", "user-agent": "Streamer" };
  if (username === "" && password === "") return headers;
  const bytes = new TextEncoder().encode(`${decode(username)}:${decode(password)}`);
  return { ...headers, authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** Decodes percent-encoding; an invalid sequence stays as it is. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

/** Why the answer can't be played; undefined when it can. */
function refusal(
  { status, statusText, body }: HttpAnswer,
  { content }: ByteUse,
): string | undefined {
  if (status < 200 || status > 299) {
    const words = statusText.slice(0, MAX_STATUS_TEXT).replace(/\p{C}+/gu, " ");
    const said = `${status} ${words}`.trimEnd();
    const what = status === 401 ? "user name and password in the address" : "address";
    return `can't be read: the server answers ${said}; check the ${what}`;
  }
  return body === null ? `is empty; give an address with ${content}` : undefined;
}

function pause(millis: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, millis);
    signal.addEventListener("abort", finish, { once: true });
    if (signal.aborted) finish();
  });
}
