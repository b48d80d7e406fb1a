import assert from "node:assert/strict";
import { Hono } from "hono";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import { dataAddresses } from "../../../viewer/data_addresses.ts";
import { DataStore } from "../../../viewer/data_store.ts";
import { EventStreams } from "../../../viewer/event_streams.ts";
import { serveWeb } from "../../../shared/system/http/web_server.ts";
import { head, withImage } from "../../shared/data/messages.ts";

const ANY_PORT = { hostname: "127.0.0.1", port: 0 };
const LEDGER = { at: 0, channels: [], junk: {} };

/** Waits until `condition`; a test whose condition never comes hangs, and is ended from outside. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function serveData() {
  const store = new DataStore();
  const streams = new EventStreams({ ledger: () => LEDGER, maxBytes: 1 << 20 });
  const app = new Hono().route("/api", dataAddresses({ store, streams }));
  const server = serveWeb(ANY_PORT, { handle: (request) => app.fetch(request) });
  const url = `http://127.0.0.1:${server.address.port}`;
  return { store, streams, server, url };
}

const data = (count: number, text = ""): ListenerOutput => ({
  kind: "data",
  channel: "data",
  message: { head: head({ count, values: { text } }) },
  at: 0,
});

/** The count of the message in a whole event; undefined when it is another. */
const countIn = (event: string) =>
  /^event: data\ndata: \{"kind":"data","count":(\d+),/.exec(event)?.[1];
/** The counts of the whole messages in the text of a stream. */
const countsIn = (text: string) =>
  text.split("\n\n").slice(0, -1).flatMap((event) => countIn(event) ?? []).map(Number);
const range = (length: number) => Array.from({ length }, (_, index) => index + 1);

Deno.test("a reader that stops reading costs nobody anything: others get every message, and it the newest", async () => {
  const { streams, server, url } = serveData();
  const stuck = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  await stuck.write(new TextEncoder().encode("GET /api/events HTTP/1.1\r\nHost: a\r\n\r\n"));
  await until(() => streams.count === 1);
  const quick = await fetch(`${url}/api/events`);
  const reader = quick.body!.getReader();
  const decoder = new TextDecoder();
  const text = "x".repeat(50_000);
  const counts: number[] = [];
  let rest = "";
  for (const count of range(400)) {
    streams.publish(data(count, text));
    while (counts.at(-1) !== count) {
      rest += decoder.decode((await reader.read()).value, { stream: true });
      if (!rest.endsWith("\n\n")) continue;
      counts.push(...countsIn(rest));
      rest = "";
    }
  }
  assert.deepEqual(counts, range(400));
  // 20 MB were published: what the system did not take is bounded, and the rest was left out.
  assert.ok(streams.losses.get("eventsDropped") > 100);
  streams.close();
  const [, body] = (await new Response(stuck.readable).text()).split("\r\n\r\n");
  const late = countsIn(body!);
  assert.equal(late.at(-1), 400);
  assert.equal(late.length + streams.losses.get("eventsDropped"), 400);
  await reader.cancel();
  await server.close();
});

Deno.test("a stream ends with its connection, and makes room for another", async () => {
  const { streams, server, url } = serveData();
  for (let count = 0; count < 40; count++) {
    const stopping = new AbortController();
    const response = await fetch(`${url}/api/events`, { signal: stopping.signal });
    assert.equal(response.status, 200);
    assert.equal(streams.count, 1);
    stopping.abort();
    await response.body!.cancel().catch(() => {});
    await until(() => streams.count === 0);
  }
  await server.close();
});

Deno.test("a server that closes ends the streams with what waits for them", async () => {
  const { streams, server, url } = serveData();
  const response = await fetch(`${url}/api/events`);
  streams.publish({ kind: "ended", reason: "bye" });
  streams.close();
  const text = await response.text();
  assert.match(text, /^event: summary\ndata: {"kind":"summary","reason":"bye",.*}\n\n$/);
  await server.close();
  assert.equal(server.connectionCount, 0);
});

Deno.test("a picture of 4 MB goes out whole, and only its head to who has it", async () => {
  const { store, server, url } = serveData();
  const bytes = Uint8Array.from({ length: 4_000_000 }, (_, index) => index % 251);
  store.take({ kind: "data", channel: "data", message: withImage(bytes), at: 0 });
  const response = await fetch(`${url}/api/data/image`);
  assert.deepEqual(await response.bytes(), bytes);
  const tag = response.headers.get("ETag")!;
  const again = await fetch(`${url}/api/data/image`, { headers: { "If-None-Match": tag } });
  assert.deepEqual([again.status, await again.text()], [304, ""]);
  await server.close();
});
