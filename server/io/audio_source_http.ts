import type { Millis } from "../../shared/core/units.ts";
import { ExitCode } from "../../shared/core/errors.ts";
import {
  audioError,
  type ByteSource,
  type ByteSourceContext,
  describeLocation,
  type HttpPatience,
} from "./audio_source_location.ts";

const DEFAULT_PATIENCE: HttpPatience = { pause, silenceMillis: 15_000 };

const FIRST_BACKOFF_MILLIS = 500;
const MAX_BACKOFF_MILLIS = 8000;
/** Pauses add up to so much, without a byte in between, before a stream is given up. */
const GIVE_UP_AFTER_MILLIS = 60_000;

const PLAYLIST_TYPES = /mpegurl|scpls|xspf|x-pn-realaudio/i;

/**
 * Opens an http(s) address. A radio (no length) that drops is connected anew with a growing pause;
 * a file (a length) goes on where it broke off.
 *
 * @throws CommandError when there is no answer, or one without sound.
 */
export async function openHttp(location: string, context: ByteSourceContext): Promise<ByteSource> {
  const connection = new HttpConnection(location, context);
  await connection.open();
  return connection;
}

class HttpConnection implements ByteSource {
  readonly #location: string;
  readonly #name: string;
  readonly #context: ByteSourceContext;
  readonly #patience: HttpPatience;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #response: Response | undefined;
  #abort = new AbortController();
  /** Of the whole file; undefined for a stream without end. */
  #length: number | undefined;
  #isRadio = false;
  #position = 0;
  /** Pauses since the last byte. */
  #waited: Millis = 0;

  constructor(location: string, context: ByteSourceContext) {
    const url = parseAddress(location);
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
    return this.#response?.headers.get("content-type") ?? undefined;
  }

  async open(): Promise<void> {
    const response = await this.#request();
    const problem = typeof response === "string" ? response : await refusal(response);
    if (problem !== undefined) throw audioError(this.#location, problem);
    this.#response = response as Response;
    const { headers } = this.#response;
    const length = headers.get("content-length");
    this.#length = length === null ? undefined : Number(length);
    this.#isRadio = [...headers.keys()].some((name) => /^(icy|ice)-/.test(name));
  }

  async *chunks(): AsyncGenerator<Uint8Array | "restart"> {
    for (;;) {
      const hasEnded = yield* this.#readBody();
      if (this.#context.signal.aborted || (hasEnded && !this.#isRadio && this.#isWhole)) return;
      if (this.#waited === 0) {
        this.#context.onNotice(`lost the connection to ${this.#name}; connecting again`);
      }
      if (!await this.#reconnect()) return;
      if (this.isLive) yield "restart";
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#response?.body?.cancel().catch(() => {});
  }

  get #isWhole(): boolean {
    return this.#length === undefined || this.#position >= this.#length;
  }

  /** @returns whether the server ended it rather than something in between. */
  async *#readBody(): AsyncGenerator<Uint8Array, boolean> {
    const reader = this.#response!.body!.getReader();
    try {
      for (;;) {
        const next = await this.#withinPatience(() => reader.read());
        if (next.done) return true;
        this.#position += next.value.length;
        this.#waited = 0;
        yield next.value;
      }
    } catch {
      // However it broke off, what is to be done is the same.
      return false;
    } finally {
      this.#abort.abort();
      await reader.cancel().catch(() => {});
    }
  }

  /** A server that answers and gives no byte is no better than none: the pauses still add up. */
  async #reconnect(): Promise<boolean> {
    const { signal, onNotice } = this.#context;
    while (this.#waited < GIVE_UP_AFTER_MILLIS) {
      const backoff = Math.min(Math.max(this.#waited, FIRST_BACKOFF_MILLIS), MAX_BACKOFF_MILLIS);
      await this.#patience.pause(backoff, signal);
      if (signal.aborted) return false;
      this.#waited += backoff;
      if (await this.#resume()) return true;
    }
    onNotice(`gave up ${this.#name}: no sound for ${GIVE_UP_AFTER_MILLIS / 1000} s`);
    return false;
  }

  /** Asks anew; a file from where it broke off. */
  async #resume(): Promise<boolean> {
    const range = this.isLive ? undefined : this.#position;
    const response = await this.#request(range);
    if (typeof response === "string") return false;
    if (
      !response.ok || response.body === null || (range !== undefined && response.status !== 206)
    ) {
      await response.body?.cancel().catch(() => {});
      return false;
    }
    this.#response = response;
    return true;
  }

  /** @returns the answer, or why there is none. */
  async #request(fromByte?: number): Promise<Response | string> {
    this.#abort = new AbortController();
    const headers = { ...this.#headers };
    if (fromByte !== undefined) headers["range"] = `bytes=${fromByte}-`;
    const signal = AbortSignal.any([this.#context.signal, this.#abort.signal]);
    try {
      return await this.#withinPatience(() => fetch(this.#url, { headers, signal }));
    } catch (error) {
      return describeNetworkProblem(error);
    }
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

function parseAddress(location: string): URL {
  if (!URL.canParse(location)) {
    throw audioError(location, "is not an address; write http://HOST/PATH", ExitCode.usage);
  }
  const url = new URL(location);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw audioError(
    location,
    "is not an http or https address; give one, or a file",
    ExitCode.usage,
  );
}

/** `Icy-MetaData` is left out on purpose: a radio would mix song titles into the sound. */
function requestHeaders({ username, password }: URL): Record<string, string> {
  const headers = { "accept-encoding": "identity", "user-agent": "Streamer" };
  if (username === "" && password === "") return headers;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const bytes = new TextEncoder().encode(credentials);
  return { ...headers, authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** Why an answer can't be played, if it can't. */
async function refusal(response: Response): Promise<string | undefined> {
  const problem = !response.ok
    ? `can't be had: the server answers ${response.status} ${response.statusText}`.trimEnd() +
      "; check the address"
    : PLAYLIST_TYPES.test(response.headers.get("content-type") ?? "")
    ? "is a playlist; give the address that stands in it"
    : response.body === null
    ? "is empty; give an address with sound"
    : undefined;
  if (problem !== undefined) await response.body?.cancel().catch(() => {});
  return problem;
}

/** The system's own text is not passed on: it repeats the address with its query. */
function describeNetworkProblem(error: unknown): string {
  const text = error instanceof Error ? `${error.message} ${error.cause ?? ""}` : String(error);
  const reason = /refused/i.test(text)
    ? "the server refuses the connection"
    : /dns|lookup|resolve|not known/i.test(text)
    ? "there is no such host"
    : /certificate|tls/i.test(text)
    ? "its certificate is not valid"
    : /abort/i.test(text)
    ? "the server does not answer"
    : "the connection fails";
  return `can't be reached: ${reason}; check the address`;
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
