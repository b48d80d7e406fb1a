import { discard, type HttpAnswer, saysItIsRadio } from "./http_answer.ts";
import { requestIcy } from "./icy.ts";

const MAX_REDIRECTS = 5;

/**
 * Requests an address, which must have no name and password in it.
 *
 * @returns the answer, or why there is none, as the end of a sentence without the address.
 */
export async function request(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  redirectsLeft = MAX_REDIRECTS,
): Promise<HttpAnswer | string> {
  try {
    const response = await fetch(address, { headers, signal });
    const { status, statusText, url } = response;
    const isRadio = saysItIsRadio(response.headers);
    const body = response.body && abortable(response.body, signal);
    return { status, statusText, headers: response.headers, body, url, isRadio };
  } catch (error) {
    if (!isOtherProtocol(error) || new URL(address).protocol !== "http:") {
      return describeNetworkProblem(error);
    }
    return await requestOldRadio(address, headers, signal, redirectsLeft);
  }
}

/**
 * A body that fails when `signal` aborts. The signal given to Deno's `fetch` does so only until the garbage
 * collector has run; after that a silent server would be waited for without end.
 */
function abortable(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (signal.aborted) return controller.error(signal.reason);
      if (!done) return controller.enqueue(value);
      signal.removeEventListener("abort", stop);
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

async function requestOldRadio(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  redirectsLeft: number,
): Promise<HttpAnswer | string> {
  try {
    const answer = await requestIcy(address, headers, signal);
    if (answer?.isRadio) return answer;
    if (answer) await discard(answer);
    const location = answer?.headers.get("location");
    const next = location ? URL.parse(location, address) : null;
    // Deno's fetch opens files, too: a server must not have one of the host's sent.
    const isHttp = next?.protocol === "http:" || next?.protocol === "https:";
    if (!next || !isHttp || redirectsLeft === 0) return NOT_HTTP;
    const { authorization: _, ...others } = headers;
    const isSame = next.origin === new URL(address).origin;
    next.username = next.password = "";
    return await request(next.href, isSame ? headers : others, signal, redirectsLeft - 1);
  } catch (error) {
    return describeNetworkProblem(error);
  }
}

const NOT_HTTP = "does not answer as a web server or a radio does; check the address and the port";

function isOtherProtocol(error: unknown): boolean {
  return /HTTP version/i.test(textOf(error));
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${error.cause ?? ""}` : String(error);
}

/**
 * The end of a sentence. The system's own text is not used: it repeats the address with its query.
 */
export function describeNetworkProblem(error: unknown): string {
  const text = textOf(error);
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
