import type { Page } from "playwright-core";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { CODECS } from "../../shared/media/channel.ts";
import type { EventType } from "../../shared/event/event.ts";
import { openViewer } from "../../viewer/command/run.ts";
import { FakeSession } from "../viewer/fakes/fake_session.ts";
import { image, message } from "../viewer/fakes/data.ts";
import { acceptInfo, channelLedger, joined, sampleEvent, SCREEN } from "../viewer/fakes/outputs.ts";
import { buildPage } from "./browser.ts";
import { DATA } from "./data_page.ts";

/** The teams of a match, with the worst that a name may be. */
export interface Names {
  readonly home: string;
  readonly away: string;
}

/** Of 40 characters, in words and in one; from right to left; of pictures. */
export const NAMES: readonly Names[] = [
  {
    home: "Grêmio Foot-Ball Porto Alegrense de 1903",
    away: "Wolverhampton Wanderers Football Club 77",
  },
  {
    home: "Donaudampfschifffahrtsgesellschaftsverein",
    away: "الهلال السعودي للرياضة والثقافة والفنون",
  },
  { home: `1${"🦁".repeat(19)}`, away: "🏆 Família Futebol Clube 🇧🇷 desde 1899" },
].map(({ home, away }) => ({ home: home.slice(0, 40), away: away.slice(0, 40) }));

const CHANNELS = ["screen", "audio", "events", "data"] as const;
const SECONDS = 90;

/** A viewer's page with all that a broadcast can have: sound, screen, data, a match, and votes on it. */
export class WholePage implements AsyncDisposable {
  readonly session = new FakeSession();
  #viewer: Awaited<ReturnType<typeof openViewer>> | undefined;

  async open(names: Names): Promise<string> {
    await buildPage();
    const http = { hostname: "127.0.0.1", port: 0 };
    const address = { host: "127.0.0.1", port: 5004, http };
    this.#viewer = await openViewer(address, systemMachine, this.session);
    const screen = { ...SCREEN, ...CODECS.h264 };
    this.session.emit(joined({ match: names, channels: [screen, ...acceptInfo().channels, DATA] }));
    this.#tellReports(names);
    this.#tellEvents(names);
    this.#tellData();
    for (let second = 0; second < SECONDS; second++) this.#tellLedger(second);
    return this.#viewer.url;
  }

  #tellEvents({ home, away }: Names): void {
    const happens: readonly (readonly [EventType, string, string, string?])[] = [
      ["kickOff", "Kick-off", ""],
      [
        "goal",
        "Goal",
        home,
        "A long shot from outside the box, and the whole stand is on its feet.",
      ],
      ["yellowCard", "Yellow card", away, "Zuspätkommenderverteidigungsspielerfoul"],
      ["substitution", "Substitution", home, `For ${home}: number 10 off, number 21 on.`],
      ["goal", "Goal", away],
      ["halfTime", "Half-time", ""],
    ];
    for (const [at, [type, title, origin, content]] of happens.entries()) {
      this.session.emit({
        kind: "event",
        channel: "events",
        event: sampleEvent({
          ...{ count: at + 1, type, title, origin, time: Date.now() - 60_000 },
          ...{ content: content ?? `${title} ${origin}`, clock: `${103 + at}:59`, period: 2 },
          score: `${Math.min(at, 1) * 10} x ${at > 3 ? 12 : 0}`,
        }),
      });
    }
  }

  #tellReports({ home, away }: Names): void {
    const actions = ["Goal", "Own goal", "Corner", "Yellow card", "Substitution", "Kick-off"];
    const types = [1, 2, 7, 3, 5, 9];
    this.session.emit({
      kind: "report-setup",
      setup: { type: "setup", origins: [home, away], actions, types, both: ["Kick-off"] },
    });
    for (const [at, title] of actions.slice(1, 4).entries()) {
      const votes = { state: "reported", votes: 1, against: at, needed: 4, reporters: 7 } as const;
      const candidate = {
        type: "candidate",
        candidateId: `c${at}`,
        time: Date.now(),
        title,
      } as const;
      this.session.emit({
        kind: "candidate",
        candidate: { ...candidate, ...votes, origin: at === 1 ? home : away },
      });
    }
  }

  #tellData(): void {
    const values = {
      "beam.energy.of.the.first.section": {
        ...{ title: "Beam energy of the first section", unit: "MeV", precision: 1 },
        alarm: [5750, 5850] as [number, number],
      },
      rate: { title: "Rate", unit: "1/s", warn: [0, 5] as [number, number] },
      state: { title: "State of the machine" },
    };
    this.session.emit({ kind: "data-setup", setup: { values } });
    for (let count = 1; count <= 5; count++) {
      const now = {
        "beam.energy.of.the.first.section": 5800.4 + count * 20,
        rate: count * 1.5,
        state: "Ramping up to the nominal energy",
        isOpen: true,
        spectrum: [1, 4, 9, 4, 1],
      };
      const picture = image(64, 48);
      this.session.emit({
        ...{ kind: "data", channel: "data", at: 0 },
        message: message(count, now, picture, Date.now()),
      });
    }
  }

  #tellLedger(second: number): void {
    const counts = { packetsExpected: 1_234_567, packetsReceived: 1_230_000, networkLost: 4567 };
    const more = { residualLost: 67, bytesReceived: 987_654_321, jitter: 0.0123 };
    const repaired = { packetsRepaired: { nack: 4000, fec: 500 }, fecPacketsReceived: 9999 };
    const frames = {
      framesReceived: 12_345,
      keyFramesReceived: 99,
      framesDropped: 4,
      freezeCount: 2,
    };
    const channels = CHANNELS.map((channel, ssrc) =>
      channelLedger({
        ...{ channel, ssrc, ...counts, ...more, ...repaired },
        ...channel === "screen" && { ...frames, totalFreezesDuration: 1.5, pliCount: 3 },
        ...channel === "data" && { messagesReceived: 1000, messagesDropped: 1 },
      })
    );
    const at = Date.now() - (SECONDS - second) * 1000;
    this.session.emit({
      kind: "stats",
      ledger: { at, roundTripTime: 0.123, channels, junk: {} },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#viewer?.close();
  }
}

/** Waits until all parts of the page are there. */
export async function untilWhole(page: Page): Promise<void> {
  for (const part of [".vote", ".entry", ".value[data-value]", ".picture", ".u-wrap"]) {
    await page.locator(part).first().waitFor({ timeout: 60_000 });
  }
}
