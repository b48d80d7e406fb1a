import { discard } from "../../io/bytes/http_answer.ts";
import { request } from "../../io/bytes/http_request.ts";
import { requestHeaders } from "../../io/bytes/http_source.ts";
import type { Arrival } from "./arrivals.ts";
import { readLines } from "./line_arrivals.ts";
import { ConnectionProblem } from "./reconnecting.ts";

/** NDJSON that a web server sends for as long as the connection lasts. */
export async function* readHttp(url: URL, signal: AbortSignal): AsyncGenerator<Arrival> {
  const address = new URL(url);
  const headers = requestHeaders(address);
  address.username = address.password = "";
  const answer = await request(address.href, headers, signal);
  if (typeof answer === "string") throw new ConnectionProblem(answer);
  const { status, body } = answer;
  if (status < 200 || status > 299 || body === null) {
    await discard(answer);
    const what = status === 401 ? "user name and password in the address" : "address";
    throw new ConnectionProblem(`can't be read: the server answers ${status}; check the ${what}`);
  }
  yield* readLines(body, signal);
}
