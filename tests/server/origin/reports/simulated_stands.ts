import type { ConfirmedEvent } from "../../../../server/origin/reports/desk_interface.ts";
import { ReportDesk } from "../../../../server/origin/reports/report_desk.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { pick, type Rng } from "../../../../shared/core/rng.ts";
import { AWAY, BEGIN, HOME, MINUTE, names, OPTIONS, SECOND } from "./kit.ts";

export interface StandsOptions {
  readonly reporters: number;
  /** The share of reports that say something that did not happen. */
  readonly wrong: number;
  /** Who agree on a goal that did not happen, every five minutes; the first time before anybody reports. */
  readonly liars?: number;
}

export interface MatchCounts {
  readonly happened: number;
  readonly missed: number;
  readonly twice: number;
  /** Confirmed and did not happen, but for `liesInPauses`. */
  readonly falseConfirmed: number;
  /** Lies that were confirmed when nothing else had been reported for almost five minutes. */
  readonly liesInPauses: number;
  readonly reports: number;
}

export interface Happening {
  readonly title: string;
  readonly origin: string;
  readonly time: Millis;
}

/** What is looked at of a confirmed event. */
export interface Confirmed extends Happening {
  readonly agreement: { readonly votes: number };
}

interface Arrival extends Happening {
  readonly reporter: string;
  readonly id: string;
  readonly at: Millis;
}

/** Of each report and of each answer, so much is lost; it is sent again after a second. */
const LOSS = 0.1;
const SEEN = 0.8;
const PRESSED_TWICE = 0.03;
const LIES_EVERY = 5 * MINUTE;
const MATCH = 95 * MINUTE;
const TITLES = ["Goal", "Yellow card", "Yellow card", "Corner", "Corner", "Corner", "Substitution"];
/** The largest window but those of periods, of which a match has two. */
const NEAR: Millis = 60 * SECOND;

/** A match that many report over a bad network, in virtual time. */
export function simulateStands(rng: Rng, options: StandsOptions): MatchCounts {
  const happenings = drawMatch(rng);
  const arrivals = [
    ...happenings.flatMap((one) => reportsOf(rng, one, options)),
    ...liesOf(rng, options.liars ?? 0),
  ].sort((one, other) => one.at - other.at);
  return countErrors(happenings, runDesk(arrivals), arrivals.length);
}

function runDesk(arrivals: readonly Arrival[]): ConfirmedEvent[] {
  const desk = new ReportDesk(OPTIONS);
  return arrivals.flatMap(({ reporter, id, at, title, origin, time }) => {
    const report = { type: "event" as const, time, event: { id, title, origin, time } };
    const outputs = desk.receive({ reporter, mayReport: true, address: "10.0.0.1", report }, at);
    return outputs.flatMap((one) => one.kind === "confirmed" ? [one.event] : []);
  });
}

/** What happens in a match. @param millis how long it lasts. */
export function drawMatch(rng: Rng, millis: Millis = MATCH): Happening[] {
  const period = (title: string, time: Millis) => ({ title, origin: "", time: BEGIN + time });
  const happenings = [period("Kick-off", MINUTE), period("Half-time", 48 * MINUTE)];
  for (
    let time = 2 * MINUTE;
    time < millis;
    time += 5 * SECOND - 130 * SECOND * Math.log(1 - rng.float())
  ) {
    happenings.push({
      title: pick(rng, TITLES),
      origin: pick(rng, [HOME, AWAY]),
      time: BEGIN + time,
    });
  }
  return happenings.filter(({ time }) => time < BEGIN + millis);
}

function reportsOf(rng: Rng, happening: Happening, { reporters, wrong }: StandsOptions): Arrival[] {
  return names(reporters).flatMap((reporter) =>
    pressesOf(rng, happening, wrong).flatMap((press) => sent(rng, reporter, press))
  );
}

/** What a reporter presses who may have seen it: nothing, once, or twice. @param wrong the share of mistakes. */
export function pressesOf(rng: Rng, happening: Happening, wrong: number): Happening[] {
  if (rng.float() >= SEEN) return [];
  const said = rng.float() < wrong ? mistake(rng, happening) : happening;
  const pressed = { ...said, time: happening.time + SECOND + 5 * SECOND * rng.float() };
  const again = { ...pressed, time: pressed.time + 2 * SECOND };
  return rng.float() < PRESSED_TWICE ? [pressed, again] : [pressed];
}

/** The other team, or something else. */
function mistake(rng: Rng, { title, origin, time }: Happening): Happening {
  const other = origin === HOME ? AWAY : HOME;
  if (origin !== "" && rng.float() < 0.5) return { title, origin: other, time };
  return { title: pick(rng, TITLES.filter((one) => one !== title)), origin: other, time };
}

function liesOf(rng: Rng, liars: number): Arrival[] {
  const times = Array.from({ length: 18 }, (_, index) => BEGIN + index * LIES_EVERY);
  return times.flatMap((time) =>
    names(liars, "liar").flatMap((liar) =>
      sent(rng, liar, { title: "Goal", origin: HOME, time: time + SECOND * rng.float() })
    )
  );
}

/** A report is sent again until its answer has come; each that arrives is one more copy. */
function sent(rng: Rng, reporter: string, press: Happening): Arrival[] {
  const id = `${reporter}-${press.time}`;
  const arrivals: Arrival[] = [];
  for (let at = press.time, isAnswered = false; !isAnswered; at += SECOND) {
    if (rng.float() < LOSS) continue;
    arrivals.push({ ...press, reporter, id, at: at + 20 + 480 * rng.float() });
    isAnswered = rng.float() >= LOSS;
  }
  return arrivals;
}

export function countErrors(
  happenings: readonly Happening[],
  events: readonly Confirmed[],
  reports: number,
): MatchCounts {
  const left = [...happenings];
  const lies = events.filter((event) => isLie(event) && isInPause(event, happenings));
  const unmatched = events.filter((event) => {
    if (lies.includes(event)) return false;
    const index = left.findIndex((one) => isReportOf(one, event));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const twice = unmatched.filter((event) => happenings.some((one) => isReportOf(one, event)));
  return {
    ...{ happened: happenings.length, missed: left.length, twice: twice.length, reports },
    falseConfirmed: unmatched.length - twice.length,
    liesInPauses: lies.length,
  };
}

function isReportOf(happening: Happening, { title, origin, time }: Confirmed): boolean {
  return happening.title === title && happening.origin === origin &&
    Math.abs(happening.time - time) <= NEAR;
}

function isLie({ title, origin, time, agreement }: Confirmed): boolean {
  return title === "Goal" && origin === HOME && agreement.votes <= 3 &&
    (time - BEGIN) % LIES_EVERY < SECOND;
}

/** A candidate waits 30 s, in which those who reported five minutes ago stop being reporters. */
function isInPause({ time }: Confirmed, happenings: readonly Happening[]): boolean {
  const from = time - 5 * MINUTE + 30 * SECOND;
  return !happenings.some((one) => one.time >= from && one.time <= time);
}
