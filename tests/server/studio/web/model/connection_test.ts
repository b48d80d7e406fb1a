import assert from "node:assert/strict";
import { StudioConnection } from "../../../../../server/studio/web/model/connection.ts";
import {
  serializeStudioMessage,
  type StudioToPage,
} from "../../../../../shared/studio/studio_messages.ts";
import type { Link } from "../../../../../viewer/web/model/connection.ts";

class FakeSocket {
  readyState: number = WebSocket.CONNECTING;
  bufferedAmount = 0;
  isClosed = false;
  readonly sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.isClosed = true;
    this.readyState = WebSocket.CLOSED;
  }
  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }
  say(message: StudioToPage): void {
    this.onmessage?.({ data: serializeStudioMessage(message) });
  }
}

/** A browser whose time passes when the test says so. */
class FakeBrowser {
  readonly sockets: FakeSocket[] = [];
  readonly links: Link[] = [];
  readonly messages: StudioToPage[] = [];
  timesDriving = 0;
  time = 0;
  #timers: { at: number; callback: () => void }[] = [];
  readonly connection = new StudioConnection({
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
    onDriving: () => this.timesDriving++,
  });

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  pass(millis: number): void {
    const end = this.time + millis;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.time = next.at;
      next.callback();
    }
    this.time = end;
  }
}

const driving = (isDriving: boolean): StudioToPage => ({
  kind: "driving",
  isDriving,
  isOther: !isDriving,
});
const sound = { kind: "sound", isKey: false, at: 1, bytes: Uint8Array.of(1) } as const;
const stop = { kind: "sound-stop" } as const;

function connected(): FakeBrowser {
  const browser = new FakeBrowser();
  browser.connection.connect();
  browser.socket.accept();
  return browser;
}

Deno.test("sound goes out only while the page drives, and the engine is told that nothing can", () => {
  const { connection, socket } = connected();
  connection.bring(sound);
  connection.say(stop);
  assert.deepEqual([socket.sent, connection.bufferedAmount], [[], Infinity]);
  socket.say(driving(true));
  socket.bufferedAmount = 7;
  assert.equal(connection.bufferedAmount, 7);
  connection.bring(sound);
  connection.say(stop);
  assert.equal(socket.sent.length, 2);
  assert.ok(socket.sent[0] instanceof Uint8Array);
  socket.say(driving(false));
  connection.bring(sound);
  assert.equal(socket.sent.length, 2);
  // To take over, a page that does not drive must be heard.
  assert.equal(connection.send({ kind: "take-over" }), true);
  assert.equal(socket.sent.length, 3);
});

Deno.test("each time that the page begins to drive, what comes is to be announced", () => {
  const browser = connected();
  browser.socket.say(driving(true));
  browser.socket.say(driving(true));
  assert.equal(browser.timesDriving, 1);
  browser.socket.say(driving(false));
  browser.socket.say(driving(true));
  assert.equal(browser.timesDriving, 2);
  browser.socket.onclose?.();
  assert.equal(browser.connection.bufferedAmount, Infinity);
  browser.pass(5000);
  browser.socket.accept();
  browser.socket.say(driving(true));
  assert.equal(browser.timesDriving, 3);
});

Deno.test("a lost host is looked for again and again, at last each 3 s", () => {
  const browser = connected();
  browser.socket.say(driving(true));
  const lostAt = browser.time;
  browser.socket.onclose?.();
  const delays: number[] = [];
  for (let time = 0; time < 8; time++) {
    const { state, ...rest } = browser.links.at(-1)!;
    assert.equal(state, "lost");
    delays.push(("retryAt" in rest ? rest.retryAt : 0) - browser.time);
    browser.pass(delays.at(-1)!);
    assert.equal(browser.links.at(-1)!.state, "connecting");
    browser.socket.onclose?.();
  }
  assert.deepEqual(delays, [250, 500, 1000, 2000, 3000, 3000, 3000, 3000]);
  assert.ok(browser.time > lostAt);
});

Deno.test("a host that says nothing for 10 s is gone, one that says something is not", () => {
  const browser = connected();
  for (let second = 0; second < 30; second++) {
    browser.socket.say(driving(true));
    browser.pass(1000);
  }
  assert.equal(browser.links.at(-1)!.state, "open");
  const { socket } = browser;
  browser.pass(9100);
  assert.equal(browser.links.at(-1)!.state, "lost");
  assert.equal(socket.isClosed, true);
});

Deno.test("what is no message of the studio is left out", () => {
  const browser = connected();
  for (const data of ["", "{", '{"kind":"driving"}', '{"kind":"?"}', new ArrayBuffer(3)]) {
    browser.socket.onmessage?.({ data });
  }
  assert.deepEqual(browser.messages, []);
  assert.equal(browser.connection.send(stop), true);
});
