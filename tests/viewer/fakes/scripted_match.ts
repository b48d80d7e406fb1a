import { pick, SeededRng } from "../../../shared/core/rng.ts";
import type { ChannelLedger, LedgerSnapshot } from "../../../shared/ledger/ledger.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { EventType, TimelineEvent } from "../../../shared/event/event.ts";
import { channelLedger, sampleEvent } from "./outputs.ts";

type Line = readonly [clock: string, type: EventType, side: "home" | "away" | "", content: string];

const TEAMS = { home: "Flamengo", away: "Palmeiras", "": "" } as const;
const TITLES: Partial<Record<EventType, string>> = {
  goal: "Goal",
  foul: "Foul",
  kickOff: "Kick-off",
  corner: "Corner",
  offside: "Offside",
  yellowCard: "Yellow card",
  redCard: "Red card",
  substitution: "Substitution",
  halfTime: "Half-time",
  secondHalf: "Second half",
  fullTime: "Full-time",
  penalty: "Penalty",
  save: "Save",
  shot: "Shot",
  injury: "Injury",
  addedTime: "Added time",
};

const LINES: readonly Line[] = [
  ["00:00", "kickOff", "", "The referee blows the whistle, and we are under way."],
  ["03:41", "foul", "away", "Gómez brings Arrascaeta down near the halfway line."],
  ["08:12", "corner", "home", "Deflected behind. Corner from the left."],
  ["08:40", "save", "away", "Weverton gets a hand to the header. What a save!"],
  ["14:05", "shot", "away", "Veiga tries from 25 metres; it sails over the bar."],
  ["23:10", "goal", "home", "GOAL! Pedro finds the top corner from the edge of the area."],
  ["26:55", "offside", "away", "The flag is up against Rony."],
  ["31:20", "yellowCard", "away", "Zé Rafael sees yellow for a late tackle."],
  ["38:02", "injury", "home", "Filipe Luís needs treatment and play stops."],
  ["44:58", "addedTime", "", "Three minutes of added time."],
  ["47:31", "halfTime", "", "Half-time. Flamengo lead by one."],
  ["45:00", "secondHalf", "", "The second half begins without changes."],
  ["52:16", "penalty", "away", "Handball! The referee points to the spot."],
  ["53:02", "goal", "away", "GOAL! Veiga sends the goalkeeper the wrong way. All square."],
  ["61:44", "substitution", "home", "Gabriel comes on for Everton Ribeiro."],
  ["67:09", "redCard", "away", "Straight red for Felipe Melo. Palmeiras are down to ten."],
  ["71:33", "corner", "home", "Another corner, the seventh for the hosts."],
  ["71:58", "goal", "home", "GOAL! Gabriel rises highest and heads it in. Two one!"],
  ["80:25", "foul", "home", "Gerson pulls a shirt and stops the counter-attack."],
  ["88:47", "save", "home", "Santos palms it away at full stretch."],
  ["93:10", "fullTime", "", "The final whistle. Flamengo win it late."],
];

/** A whole match, told in a handful of entries; `time` says when each is sent. */
export function scriptedMatch(time: (index: number) => Millis): TimelineEvent[] {
  const goals = { home: 0, away: 0, "": 0 };
  let period = 1;
  return LINES.map(([clock, type, side, content], index) => {
    if (type === "goal") goals[side]++;
    if (type === "secondHalf") period = 2;
    return sampleEvent({
      count: index + 1,
      type,
      title: TITLES[type],
      origin: TEAMS[side],
      score: `${goals.home} x ${goals.away}`,
      content,
      clock,
      period,
      time: time(index),
    });
  });
}

/** A network with moods: each call is a second later than the one before. */
export class ScriptedNetwork {
  readonly #rng = new SeededRng(7);
  #second = 0;
  #audio = channelLedger({ channel: "audio", ssrc: 0x1a2b3c4d });
  #events = channelLedger({ channel: "events", ssrc: 0x5e6f7a8b });

  next(at: Millis): LedgerSnapshot {
    const wave = Math.sin(this.#second++ / 19) + Math.sin(this.#second / 7) / 2;
    const isBad = wave > 1.1;
    this.#audio = this.#grow(this.#audio, 38, isBad ? 0.09 : 0.012, 0.0012 + (wave + 1.5) * 0.0011);
    this.#events = this.#grow(this.#events, pick(this.#rng, [0, 0, 1]), 0.02, 0.0018);
    return {
      at,
      roundTripTime: 0.0214 + this.#rng.float() * 0.002,
      channels: [this.#audio, this.#events],
      junk: {},
    };
  }

  #grow(ledger: ChannelLedger, packets: number, loss: number, jitter: number): ChannelLedger {
    const happens = (chance: number) => {
      let count = 0;
      for (let packet = 0; packet < packets; packet++) if (this.#rng.float() < chance) count++;
      return count;
    };
    const lost = happens(loss);
    const expected = ledger.packetsExpected + packets;
    const networkLost = ledger.networkLost + lost;
    return {
      ...ledger,
      packetsExpected: expected,
      packetsReceived: expected - networkLost,
      networkLost,
      residualLost: networkLost,
      fractionLost: expected > 0 ? networkLost / expected : 0,
      packetsDuplicated: ledger.packetsDuplicated + happens(0.01),
      packetsReordered: ledger.packetsReordered + happens(0.008),
      bytesReceived: ledger.bytesReceived + (packets - lost) * 418,
      jitter: jitter * (0.85 + this.#rng.float() * 0.3),
      jitterBufferEmittedCount: ledger.jitterBufferEmittedCount + packets,
      jitterBufferDelay: ledger.jitterBufferDelay + packets * (0.19 + this.#rng.float() * 0.02),
      maxGap: Math.max(ledger.maxGap, lost > 1 ? 2 : lost),
    };
  }
}
