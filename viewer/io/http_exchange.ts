import type { IncomingMessage, ServerResponse } from "node:http";

/** The request of node:http as the web has it, without a body; undefined when it can't be one. */
export function toRequest(incoming: IncomingMessage): Request | undefined {
  const { rawHeaders, method, url = "/" } = incoming;
  const headers = new Headers();
  try {
    for (let index = 0; index < rawHeaders.length; index += 2) {
      headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
    }
    return new Request(new URL(url, "http://unnamed.invalid"), { method, headers });
  } catch {
    return undefined;
  }
}

/**
 * Sends a response as fast as it is taken, and ends the connection. However it ends, the response's
 * body is let go of.
 */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  // Nothing depends on it: an error is followed by the close, which is listened to.
  outgoing.on("error", () => {});
  outgoing.shouldKeepAlive = false;
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  outgoing.flushHeaders();
  if (response.body) await sendBody(response.body, outgoing);
  outgoing.end();
}

async function sendBody(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const letGo = () => void reader.cancel().catch(() => {});
  outgoing.on("close", letGo);
  try {
    while (!outgoing.destroyed) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!outgoing.destroyed && !outgoing.write(value)) await drained(outgoing);
    }
  } finally {
    letGo();
  }
}

/** Until what was written has been taken, or never will be. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off("drain", settle).off("close", settle);
      resolve();
    };
    outgoing.on("drain", settle).on("close", settle);
  });
}
