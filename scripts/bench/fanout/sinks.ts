/**
 * A crowd that joins and reads, as a program of its own, on Linux:
 *
 *     deno run -A scripts/bench/fanout/sinks.ts LINK 4000 [SECONDS]
 *
 * So many listeners, on 32 addresses from 127.0.0.2 on, join with whole handshakes, a few at a time or spread over
 * SECONDS, which it tells as `joined`, with their addresses. From then on they report as `listen` does, and read every quarter of a second. With
 * each line of standard input it tells a `mark`: what came since the last one, and how regularly to some of them.
 */
import { parseJoinLink } from "../../../shared/admission/join_link.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { systemClock } from "../../../shared/system/system_clock.ts";
import { systemRng } from "../../../shared/system/system_rng.ts";
import { Joiner } from "../joins/joiner.ts";
import { type Arrived, encode, SinkSockets } from "./sink_sockets.ts";
import { type Pacing, PacingWatch } from "./pacing_watch.ts";

export interface JoinedReport {
  readonly kind: "joined";
  readonly joined: number;
  readonly seconds: number;
  readonly addresses: readonly string[];
}

export interface Mark {
  readonly kind: "mark";
  /** RTP packets of the host. */
  readonly packets: number;
  readonly pacing: Pacing;
}

const ADDRESSES = 32;
const ASKING_MILLIS: Millis = 250;
const READING_MILLIS: Millis = 250;
const REPORTING_MILLIS: Millis = 8000;
const PATIENCE_MILLIS: Millis = 120_000;
/** So many join at a time: a host keeps few who have not reported. */
const AT_ONCE = 16;
/** How regularly packets come is measured at so many: the first, the last, and others between them. */
const TIMED = 9;
/** The first byte of an RTP packet without padding, extension and contributing sources, and its payload type. */
const RTP_VERSION = 0x80;
const PAYLOAD_TYPE = 0x7f;
const FIRST_CONTROL_TYPE = 64;
const LAST_CONTROL_TYPE = 95;

interface Sink {
  readonly joiner: Joiner;
  readonly descriptor: number;
  readonly address: string;
  readonly watch?: PacingWatch;
  askAt: Millis;
}

class Sinks {
  readonly #sockets = new SinkSockets();
  readonly #host: Uint8Array<ArrayBuffer>;
  readonly all: readonly Sink[];
  packets = 0;
  readonly #begunAt = systemClock.now();
  #reported = 0;

  constructor(link: string, count: number) {
    const { host: hostname, port, token } = parseJoinLink(link)!;
    this.#host = encode({ hostname, port });
    const step = Math.max(1, Math.floor((count - 1) / (TIMED - 1)));
    this.all = Array.from({ length: count }, (_, index) => {
      const isTimed = index % step === 0 || index === count - 1;
      const hostname = `127.0.0.${2 + index % ADDRESSES}`;
      const { descriptor, port } = this.#sockets.open(hostname, isTimed);
      const opened = { descriptor, address: `${hostname}:${port}` };
      const watch = isTimed ? { watch: new PacingWatch() } : {};
      return { joiner: new Joiner(token, systemRng), ...opened, ...watch, askAt: 0 };
    });
  }

  /**
   * Lets all join, a few at a time.
   *
   * @param millis over which their beginnings are spread; 0 for as fast as they can.
   * @returns how long that took, in seconds.
   */
  async join(millis: Millis): Promise<number> {
    let first = 0;
    while (first < this.all.length && this.#spent < PATIENCE_MILLIS) {
      const due = millis > 0 ? Math.floor(this.#spent / millis * this.all.length) : Infinity;
      const joining = this.all.slice(first, Math.min(due, first + AT_ONCE));
      if (joining.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      for (const sink of joining) if (!isIn(sink)) this.#ask(sink);
      for (const sink of joining) this.#read(sink);
      while (first < this.all.length && isIn(this.all[first]!)) first++;
      this.report(systemClock.now());
    }
    return this.#spent / 1000;
  }

  get #spent(): Millis {
    return systemClock.now() - this.#begunAt;
  }

  /** Reads what has come to all. */
  read(): void {
    for (const sink of this.all) this.#read(sink);
  }

  /** Sends the reports that are due, spread over the time between two of the same listener. */
  report(now: Millis): void {
    const due = Math.floor((now - this.#begunAt) * this.all.length / REPORTING_MILLIS);
    for (; this.#reported < due; this.#reported++) {
      const { joiner, descriptor } = this.all[this.#reported % this.all.length]!;
      if (joiner.isIn) this.#sockets.send(descriptor, joiner.report(now), this.#host);
    }
  }

  #ask(sink: Sink): void {
    const now = systemClock.now();
    if (now < sink.askAt) return;
    sink.askAt = now + ASKING_MILLIS;
    const { joiner, descriptor } = sink;
    this.#sockets.send(descriptor, joiner.hasJoin ? joiner.join : joiner.hello, this.#host);
  }

  /** Takes the cookie, and sends its JOIN at once. */
  #prepare(sink: Sink, answer: Uint8Array): void {
    sink.joiner.prepare(answer.slice());
    sink.askAt = 0;
    this.#ask(sink);
  }

  #read(sink: Sink): void {
    this.#sockets.read(sink.descriptor, (arrived) => this.#take(sink, arrived));
  }

  #take(sink: Sink, { datagram, at }: Arrived): void {
    const { joiner, descriptor, watch } = sink;
    if (isRtp(datagram)) {
      this.packets++;
      watch?.onPacket(datagram, at);
    } else if (!joiner.hasJoin) this.#prepare(sink, datagram);
    else {
      for (const answer of joiner.receive(datagram.slice(), systemClock.now())) {
        this.#sockets.send(descriptor, answer, this.#host);
      }
    }
  }
}

function isIn({ joiner }: Sink): boolean {
  return joiner.isIn && joiner.isDescribed;
}

/** The bare loops send zeros, which are nothing. */
function isRtp(datagram: Uint8Array): boolean {
  const type = datagram[1]! & PAYLOAD_TYPE;
  const isControl = type >= FIRST_CONTROL_TYPE && type <= LAST_CONTROL_TYPE;
  return (datagram[0]! & 0xc0) === RTP_VERSION && !isControl;
}

async function main(): Promise<void> {
  const [link = "", count, spread = 0] = Deno.args;
  const sinks = new Sinks(link, Number(count));
  const lines = Deno.stdin.readable.getReader();
  const seconds = await sinks.join(Number(spread) * 1000);
  const addresses = sinks.all.map(({ address }) => address);
  const joined = sinks.all.filter(isIn).length;
  tell({ kind: "joined", joined, seconds, addresses });
  await readOn(sinks, lines);
  Deno.exit(0);
}

/** Reads and reports until standard input ends. */
async function readOn(sinks: Sinks, lines: ReadableStreamDefaultReader): Promise<void> {
  let isOver = false;
  const watches = sinks.all.flatMap(({ watch }) => watch ?? []);
  const listen = async () => {
    while (!(await lines.read()).done) {
      sinks.read();
      tell({ kind: "mark", packets: sinks.packets, pacing: PacingWatch.take(watches) });
      sinks.packets = 0;
    }
    isOver = true;
  };
  listen();
  while (!isOver) {
    sinks.read();
    sinks.report(systemClock.now());
    await new Promise((resolve) => setTimeout(resolve, READING_MILLIS));
  }
}

function tell(report: JoinedReport | Mark): void {
  console.log(JSON.stringify(report));
}

if (import.meta.main) await main();
