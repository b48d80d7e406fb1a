/**
 * A crowd that joins all at once, as a program of its own, on Linux:
 *
 *     deno run -A scripts/bench/joins/crowd.ts LINK 4000 32
 *
 * So many listeners on so many addresses, from 127.0.0.2 on, fetch their cookies and seal their JOINs; then it
 * prints `{"kind":"ready"}` and waits for a line. With it all join, each repeating its JOIN as `listen` does,
 * and report every few seconds; once all are in, it prints `{"kind":"joined"}` with what that took. With a second
 * line they say goodbye.
 */
import { parseJoinLink } from "../../../shared/admission/join_link.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { systemClock } from "../../../shared/system/system_clock.ts";
import { systemRng } from "../../../shared/system/system_rng.ts";
import { Joiner } from "./joiner.ts";
import { SinkSockets } from "./sink_sockets.ts";

/** What it took to get a cookie for each. */
export interface ReadyReport {
  readonly kind: "ready";
  readonly hellos: number;
  readonly seconds: number;
}

/** What a crowd needed to join. */
export interface JoinedReport {
  readonly kind: "joined";
  /** How many are in: accepted, and told of the channels. */
  readonly joined: number;
  /** From the first JOIN until the last one was in, or until nobody had come in for long. */
  readonly seconds: number;
  /** Datagrams that the crowd sent in that time, and those of them that were repeated JOINs. */
  readonly datagrams: number;
  readonly repeats: number;
}

/** As a listener repeats its HELLO and its JOIN. */
const WAIT = { first: 60, growth: 1.25, longest: 2000 };
/** Between two looks at what has come, so many ask at most: even a crowd's packets come one after the other. */
const ASKED_AT_ONCE = 8;
const REPORT_EVERY_MILLIS: Millis = 8000;
const PATIENCE_MILLIS: Millis = 20_000;
/** The longest wait for datagrams, and the longest time without a look at standard input. */
const READING_MILLIS = 1;
const LOOKING_MILLIS: Millis = 20;

/** One of the crowd: a joiner with its socket. */
interface Member {
  readonly joiner: Joiner;
  readonly descriptor: number;
  askAt: Millis;
  /** Whether it is where the crowd is to come to. */
  isThere: boolean;
}

class Crowd {
  readonly #sockets = new SinkSockets();
  readonly #members: Member[] = [];
  readonly #byDescriptor: Member[] = [];
  #isReporting = false;
  #reportAt: Millis = 0;
  #nextReporter = 0;
  #lookAt: Millis = 0;
  /** Those who ask, by how often they have asked: each list is in the order of its times. */
  #asking: Member[][] = [];
  #isThere: (member: Member) => boolean = () => true;
  #there = 0;
  #cameAt: Millis = 0;
  sent = 0;
  asked = 0;

  constructor(link: string, count: number, addresses: number) {
    const { host: hostname, port, token } = parseJoinLink(link)!;
    for (let index = 0; index < count; index++) {
      const from = `127.0.0.${2 + index % addresses}`;
      const descriptor = this.#sockets.open(from, { hostname, port });
      const joiner = new Joiner(token, systemRng);
      const member = { joiner, descriptor, askAt: 0, isThere: false };
      this.#members.push(member);
      this.#byDescriptor[descriptor] = member;
    }
  }

  get joined(): number {
    return this.#members.filter(isIn).length;
  }

  /**
   * Lets all ask, again and again, until each is there or nobody has come for long.
   *
   * @returns how long that took, in seconds.
   */
  async until(isThere: (member: Member) => boolean): Promise<number> {
    const startedAt = systemClock.now();
    for (const member of this.#members) Object.assign(member, { askAt: 0, isThere: false });
    this.#isThere = isThere;
    this.#there = 0;
    this.#cameAt = startedAt;
    this.#asking = [[...this.#members]];
    while (this.#there < this.#members.length) {
      if (systemClock.now() - this.#cameAt > PATIENCE_MILLIS) break;
      await this.#askWhoIsDue();
      await this.turn(READING_MILLIS);
    }
    return (systemClock.now() - startedAt) / 1000;
  }

  async #askWhoIsDue(): Promise<void> {
    for (let times = 0; times < this.#asking.length; times++) {
      const due = this.#takeDue(times, systemClock.now());
      for (const [index, member] of due.entries()) {
        if (!member.isThere) this.#ask(member, times, systemClock.now());
        if (index % ASKED_AT_ONCE === 0) await this.turn(0);
      }
    }
  }

  /** Those who have asked so many times and are to ask again. */
  #takeDue(times: number, now: Millis): Member[] {
    const those = this.#asking[times]!;
    const later = those.findIndex(({ askAt }) => askAt > now);
    return those.splice(0, later < 0 ? those.length : later);
  }

  /** Reads what has come or comes soon, and reports where that is due. */
  async turn(millis: number): Promise<void> {
    this.#sockets.read(millis, (descriptor, datagram) => {
      const member = this.#byDescriptor[descriptor]!;
      this.#receive(member, datagram);
      if (!member.isThere && this.#isThere(member)) this.#note(member);
    });
    const now = systemClock.now();
    if (this.#isReporting) this.#report(now);
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOKING_MILLIS;
    await new Promise((resolve) => setTimeout(resolve));
  }

  #receive({ joiner, descriptor }: Member, datagram: Uint8Array): void {
    if (!joiner.hasJoin) return joiner.prepare(datagram);
    for (const answer of joiner.receive(datagram, systemClock.now())) {
      this.#send(descriptor, answer);
    }
  }

  #note(member: Member): void {
    member.isThere = true;
    this.#there++;
    this.#cameAt = systemClock.now();
  }

  beginReports(): void {
    this.#isReporting = true;
    this.#reportAt = systemClock.now();
  }

  sayGoodbye(): void {
    for (const { joiner, descriptor } of this.#members.filter(isIn)) {
      this.#send(descriptor, joiner.goodbye());
    }
  }

  #ask(member: Member, times: number, now: Millis): void {
    member.askAt = now + Math.min(WAIT.first * WAIT.growth ** times, WAIT.longest);
    (this.#asking[times + 1] ??= []).push(member);
    this.asked++;
    const { joiner, descriptor } = member;
    this.#send(descriptor, joiner.hasJoin ? joiner.join : joiner.hello);
  }

  #report(now: Millis): void {
    for (; this.#reportAt <= now; this.#reportAt += REPORT_EVERY_MILLIS / this.#members.length) {
      const member = this.#members[this.#nextReporter++ % this.#members.length]!;
      if (isIn(member)) this.#send(member.descriptor, member.joiner.report(now));
    }
  }

  #send(descriptor: number, datagram: Uint8Array): void {
    this.sent++;
    this.#sockets.send(descriptor, datagram as Uint8Array<ArrayBuffer>);
  }
}

function isIn({ joiner }: Member): boolean {
  return joiner.isIn && joiner.isDescribed;
}

async function main(): Promise<void> {
  const [link = "", count, addresses] = Deno.args;
  const crowd = new Crowd(link, Number(count), Number(addresses));
  const lines = Deno.stdin.readable.getReader();
  const cookieSeconds = await crowd.until(({ joiner }) => joiner.hasJoin);
  tell({ kind: "ready", hellos: crowd.sent, seconds: cookieSeconds });
  await lines.read();
  crowd.sent = crowd.asked = 0;
  crowd.beginReports();
  const seconds = await crowd.until(isIn);
  const { joined, sent: datagrams, asked } = crowd;
  tell({ kind: "joined", joined, seconds, datagrams, repeats: asked - Number(count) });
  let isOver = false;
  lines.read().then(() => isOver = true);
  while (!isOver) await crowd.turn(READING_MILLIS);
  crowd.sayGoodbye();
  Deno.exit(0);
}

function tell(report: ReadyReport | JoinedReport): void {
  console.log(JSON.stringify(report));
}

if (import.meta.main) await main();
