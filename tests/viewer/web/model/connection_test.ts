import assert from "node:assert/strict";
import { image, message } from "../../fakes/data.ts";
import { serializePageMessage, type ToPage } from "../../../../shared/page/page.ts";
import type { RtpTicks } from "../../../../shared/core/units.ts";
import { type PageData, serializePageData } from "../../../../shared/page/page_data.ts";
import { serializePageFrame } from "../../../../shared/page/page_frame.ts";
import { type Link, PageConnection } from "../../../../viewer/web/model/connection.ts";

class FakeSocket {
  static readonly all: FakeSocket[] = [];
  binaryType = "blob";
  readyState: number = WebSocket.CONNECTING;
  readonly sent: string[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.isClosed = true;
  }
  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }
}

/** A browser whose time passes when the test says so. */
class FakeBrowser {
  readonly sockets: FakeSocket[] = [];
  readonly links: Link[] = [];
  readonly messages: ToPage[] = [];
  readonly frames: number[] = [];
  readonly data: PageData[] = [];
  time = 0;
  #timers: { at: number; callback: () => void }[] = [];
  readonly connection = new PageConnection({
    open: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    now: () => this.time,
    schedule: (callback, delay) => {
      const timer = { at: this.time + delay, callback };
      this.#timers.push(timer);
      return () => this.#timers = this.#timers.filter((other) => other !== timer);
    },
    random: () => 1,
  }, {
    onLink: (link) => this.links.push(link),
    onMessage: (message) => this.messages.push(message),
    onMedia: () => {},
    onFrame: ({ frameNumber }) => this.frames.push(frameNumber),
    onData: (data) => this.data.push(data),
  });

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  pass(millis: number): void {
    const end = this.time + millis;
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.time = next.at;
      next.callback();
    }
    this.time = end;
  }
}

const news = serializePageMessage({
  kind: "connection",
  connection: { state: "connected", since: 0, server: "", reason: "" },
});
const SOUND_ON = serializePageMessage({ kind: "sound", wanted: true });

Deno.test("a lost link is shown, retried at growing intervals, and restored", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    browser.socket.onclose?.();
    const link = browser.links.at(-1)!;
    assert.equal(link.state, "lost");
    if (link.state === "lost") waits.push(link.retryAt - browser.time);
    browser.pass(waits.at(-1)!);
    assert.equal(browser.sockets.length, attempt + 2);
  }
  assert.deepEqual(waits, [400, 800, 1600, 3200, 5000, 5000]);
  browser.socket.accept();
  browser.socket.onmessage?.({ data: news });
  assert.equal(browser.links.at(-1)!.state, "open");
  browser.socket.onclose?.();
  const link = browser.links.at(-1)!;
  assert.equal(link.state === "lost" && link.retryAt - browser.time, 400);
});

Deno.test("a viewer that closes at once is not hammered", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  for (let attempt = 0; attempt < 5; attempt++) {
    browser.socket.accept();
    browser.socket.onclose?.();
    browser.pass(5000);
  }
  browser.socket.accept();
  browser.socket.onclose?.();
  const link = browser.links.at(-1)!;
  assert.equal(link.state === "lost" && link.retryAt - browser.time, 5000);
});

Deno.test("the page's request for sound is sent at once, and again after every reconnection", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  browser.connection.setWants("sound", true);
  assert.deepEqual(browser.socket.sent, []);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [SOUND_ON]);
  browser.socket.onclose?.();
  browser.pass(1000);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [SOUND_ON]);
});

Deno.test("a silent link is dropped and opened again", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  browser.socket.accept();
  for (let second = 0; second < 60; second++) {
    browser.pass(1000);
    browser.socket.onmessage?.({ data: news });
  }
  assert.equal(browser.sockets.length, 1);
  const silent = browser.socket;
  browser.pass(15_500);
  assert.ok(silent.isClosed);
  assert.equal(browser.sockets.length, 2);
});

Deno.test("what can't be read is passed over, and the link stays", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  browser.socket.accept();
  for (const data of ["{", "null", "{}", new ArrayBuffer(3), 7]) {
    browser.socket.onmessage?.({ data });
  }
  assert.equal(browser.messages.length, 0);
  browser.socket.onmessage?.({ data: news });
  assert.equal(browser.messages.length, 1);
  assert.equal(browser.sockets.length, 1);
});

Deno.test("connecting by hand leaves no second attempt behind", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  browser.socket.onclose?.();
  browser.connection.connect();
  browser.socket.accept();
  browser.pass(10_000);
  assert.equal(browser.sockets.length, 2);
});

Deno.test("sound and screen are asked for apart, and only what is wanted again after a reconnection", () => {
  const browser = new FakeBrowser();
  browser.connection.setWants("screen", true);
  browser.connection.connect();
  browser.socket.accept();
  browser.connection.setWants("sound", true);
  browser.connection.setWants("screen", false);
  const wish = (kind: "sound" | "screen", wanted: boolean) =>
    serializePageMessage({ kind, wanted });
  const wishes = [wish("screen", true), wish("sound", true), wish("screen", false)];
  assert.deepEqual(browser.socket.sent, wishes);
  browser.socket.onclose?.();
  browser.pass(1000);
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, [wish("sound", true)]);
});

Deno.test("the parts of a frame come together, and none of a lost link is mixed into the next", () => {
  const browser = new FakeBrowser();
  browser.connection.connect();
  browser.socket.accept();
  const parts = (frameNumber: number) =>
    serializePageFrame({
      codec: "vp8",
      frameNumber,
      ticks: 0 as RtpTicks,
      isKey: true,
      bytes: new Uint8Array(100_000),
    });
  for (const { buffer } of parts(1)) browser.socket.onmessage?.({ data: buffer });
  assert.deepEqual(browser.frames, [1]);
  const [first, ...rest] = parts(2);
  browser.socket.onmessage?.({ data: first!.buffer });
  browser.socket.onclose?.();
  browser.pass(1000);
  browser.socket.accept();
  for (const { buffer } of rest) browser.socket.onmessage?.({ data: buffer });
  assert.deepEqual(browser.frames, [1]);
  for (const { buffer } of parts(3)) browser.socket.onmessage?.({ data: buffer });
  assert.deepEqual(browser.frames, [1, 3]);
});

Deno.test("live data is put together from its parts, and what a lost connection cut off is forgotten", () => {
  const browser = new FakeBrowser();
  browser.connection.setWants("data", true);
  browser.connection.connect();
  browser.socket.accept();
  assert.deepEqual(browser.socket.sent, ['{"kind":"data","wanted":true}']);
  const parts = (number: number) =>
    serializePageData({
      kind: "message",
      number,
      age: 0,
      message: message(1, {}, image(200, 200)),
    });
  const receive = ({ buffer }: Uint8Array) => browser.socket.onmessage?.({ data: buffer });
  parts(1).forEach(receive);
  const [first, ...rest] = parts(2);
  receive(first!);
  browser.socket.onclose?.();
  browser.pass(1000);
  browser.socket.accept();
  rest.forEach(receive);
  parts(3).forEach(receive);
  assert.deepEqual(browser.data.map((data) => "number" in data && data.number), [1, 3]);
});
