import { discard, type HttpAnswer, saysItIsRadio } from "./http_answer.ts";
import { requestIcy } from "./icy_request.ts";

const MAX_REDIRECTS = 5;

/**
 * Asks for an address, which has no name and password in it.
 *
 * @returns the answer, or why there is none: the end of a sentence, without the address.
 */
export async function request(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  redirectsLeft = MAX_REDIRECTS,
): Promise<HttpAnswer | string> {
  try {
    const response = await fetch(address, { headers, signal });
    const { status, statusText, body, url } = response;
    const isRadio = saysItIsRadio(response.headers);
    return { status, statusText, headers: response.headers, body, url, isRadio };
  } catch (error) {
    if (!isOtherProtocol(error) || new URL(address).protocol !== "http:") {
      return describeNetworkProblem(error);
    }
    return await requestOldRadio(address, headers, signal, redirectsLeft);
  }
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

/** The system's own text is not passed on: it repeats the address with its query. */
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
