/** The answer of a server, whether `fetch` or `icy.ts` made the request. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The address after redirects, without name and password. */
  readonly url: string;
  /** Whether its headers say that it is a radio: a live stream, whatever length it names. */
  readonly isRadio: boolean;
}

/**
 * A radio has `icy-` or `ice-` headers. Some radios also name a length, which means nothing. A file
 * on such a server accepts range requests.
 */
export function saysItIsRadio(headers: Headers): boolean {
  if (headers.get("accept-ranges")?.trim().toLowerCase() === "bytes") return false;
  return [...headers.keys()].some((name) => /^(icy|ice)-/.test(name));
}

/** Cancels a body that will not be read. */
export async function discard({ body }: Pick<HttpAnswer, "body">): Promise<void> {
  await body?.cancel().catch(() => {});
}

/** A stream of `prefix` and then the rest of `reader`. */
export function prepend(
  prefix: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  let rest = prefix;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (rest.length > 0) {
        controller.enqueue(rest);
        rest = new Uint8Array(0);
        return;
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
