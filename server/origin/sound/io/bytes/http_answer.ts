/** What a server answered, however it was asked. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** Where it came from after redirects, without name and password. */
  readonly url: string;
  /** Whether it says of itself that it is a radio: live, whatever length it names. */
  readonly isRadio: boolean;
}

/**
 * A radio has `icy-` or `ice-` headers. Some name a length, too, which means nothing; a file on such a
 * server is one that can be had in parts.
 */
export function saysItIsRadio(headers: Headers): boolean {
  if (headers.get("accept-ranges")?.trim().toLowerCase() === "bytes") return false;
  return [...headers.keys()].some((name) => /^(icy|ice)-/.test(name));
}

/** Lets go of a body that nobody reads. */
export async function discard({ body }: Pick<HttpAnswer, "body">): Promise<void> {
  await body?.cancel().catch(() => {});
}

/** `prefix`, and then what `reader` has left. */
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
