import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { type Address, type DatagramSocket, sendOne } from "../../shared/driver/socket.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { flipBit } from "../shared/secrecy/hex.ts";
import { COMMENTARY_MP3 } from "./fixtures.ts";
import { linkThrough, listen, serve, type Streamer } from "./streamer.ts";

const ANYWHERE: Address = { hostname: "127.0.0.1", port: 0 };
/** So many are added towards the listener, at least. */
const MEDDLED = 40;

/** Stands between a host and its one listener, passes everything on, and adds what it likes. */
class Meddler {
  readonly front = systemMachine.openSocket(ANYWHERE);
  readonly joins: Uint8Array[] = [];
  /** Datagrams of our making. */
  readonly added = { toListener: 0, toHost: 0 };
  readonly #back = systemMachine.openSocket(ANYWHERE);
  readonly #host: Address;
  #listener: Address | undefined;
  #isMeddling = false;

  constructor(port: number) {
    this.#host = { hostname: "127.0.0.1", port };
    void this.#passOn(this.front, (datagram, from) => this.#fromListener(datagram, from));
    void this.#passOn(this.#back, (datagram) => this.#fromHost(datagram));
  }

  begin(): void {
    this.#isMeddling = true;
  }

  end(): void {
    this.#isMeddling = false;
  }

  close(): void {
    this.front.close();
    this.#back.close();
  }

  async #fromListener(datagram: Uint8Array, from: Address): Promise<void> {
    this.#listener = from;
    const kind = demux(datagram);
    if (kind.ok && kind.value === "admission") this.joins.push(datagram.slice());
    if (this.#isMeddling) {
      await this.#toHost(flipBit(datagram, 100));
      await this.#toListener(datagram);
    }
    await sendOne(this.#back, datagram, this.#host);
  }

  async #fromHost(datagram: Uint8Array): Promise<void> {
    if (this.#isMeddling && this.added.toListener < MEDDLED) {
      await this.#toListener(flipBit(datagram, datagram.length * 8 - 20));
      await this.#toHost(datagram);
    }
    await sendOne(this.front, datagram, this.#listener!);
  }

  async #toListener(datagram: Uint8Array): Promise<void> {
    this.added.toListener++;
    await sendOne(this.front, datagram, this.#listener!);
  }

  async #toHost(datagram: Uint8Array): Promise<void> {
    this.added.toHost++;
    await sendOne(this.#back, datagram, this.#host);
  }

  async #passOn(
    socket: DatagramSocket,
    take: (datagram: Uint8Array, from: Address) => Promise<void>,
  ): Promise<void> {
    for (let next = await socket.receive(); next; next = await socket.receive()) {
      await take(next.datagram, next.from);
    }
  }
}

function total(junk: Readonly<Record<string, number>> = {}): number {
  return Object.values(junk).reduce((sum, count) => sum + count, 0);
}

function junkOf(program: Streamer): Record<string, number> {
  return program.lines.findLast(({ kind }) => kind === "stats")?.junk ?? {};
}

Deno.test("programs count and drop what was changed or thrown back on the way, and lose nothing by it", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, port, link } = await serve(["--audio", COMMENTARY_MP3, "--loop", "--simulate"]);
  opened.use(host);
  const meddler = new Meddler(port);
  opened.defer(() => meddler.close());
  const listener = listen([linkThrough(link, meddler.front.address.port)]);
  opened.use(listener);
  await listener.line("joined");
  meddler.begin();
  await listener.until(() => meddler.added.toListener >= MEDDLED, "enough was meddled with");
  meddler.end();
  const { added } = meddler;
  await host.until(() => total(junkOf(host)) >= added.toHost, "the host has counted it all");
  await listener.until(() => total(junkOf(listener)) >= added.toListener, "the listener has, too");
  assert.deepEqual(
    { toListener: total(junkOf(listener)), toHost: total(junkOf(host)) },
    added,
  );
  host.kill("SIGINT");
  const summary = await listener.end();
  assert.ok(summary.channels[0].packetsReceived > 0);
  for (const { networkLost, packetsDuplicated } of summary.channels) {
    assert.deepEqual([networkLost, packetsDuplicated], [0, 0]);
  }
});

Deno.test("a captured JOIN sends nothing to another address", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, port, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
  opened.use(host);
  const meddler = new Meddler(port);
  opened.defer(() => meddler.close());
  const listener = opened.use(listen([linkThrough(link, meddler.front.address.port)]));
  await listener.line("joined");
  const join = meddler.joins.at(-1)!;
  assert.ok(join.length > 100, "a HELLO is shorter");
  const thief = systemMachine.openSocket(ANYWHERE);
  opened.defer(() => thief.close());
  let answers = 0;
  void (async () => {
    while (await thief.receive()) answers++;
  })();
  for (let copy = 0; copy < 5; copy++) {
    await sendOne(thief, join, { hostname: "127.0.0.1", port });
  }
  await host.until(() => junkOf(host).badCookie === 5, "five cookies that are another's");
  assert.equal(answers, 0);
  assert.ok(host.lines.every(({ kind }) => kind !== "listener-left"));
});
