import { pick, type Rng } from "../../../shared/core/rng.ts";
import type { Language } from "../../../shared/event/titles.ts";
import type { Goals, Incident, Manner } from "./incident.ts";
import en from "./phrases_en.json" with { type: "json" };
import pt from "./phrases_pt.json" with { type: "json" };
import type { SideName } from "./squad.ts";

/** The sentence that follows a goal: how the goal changed the score. */
export type GoalTail = "tailLevel" | "tailAhead" | "tailFurther" | "tailNearer";
export type PhraseKey = Manner | GoalTail;

/**
 * The phrases for each incident. A phrase has placeholders: `{player}` and `{other}` are family
 * names, `{fullPlayer}` and `{fullOther}` full names, `{team}` is the team of the incident, then
 * `{opponent}`, `{home}`, `{away}`, `{scoreline}` (both teams and the score), `{minute}` and
 * `{added}` (both with their unit).
 *
 * No phrase tells whether women or men play. In Portuguese no team has an article, because its
 * gender is not known.
 */
export type Phrases = Readonly<Record<PhraseKey, readonly string[]>>;

export const PHRASES: Readonly<Record<Language, Phrases>> = { en, pt };
/** What separates the two teams' goals, and the unit of added time. */
const WORDS = {
  en: { versus: "-", minute: "minute", minutes: "minutes" },
  pt: { versus: " x ", minute: "minuto", minutes: "minutos" },
} as const;

/**
 * Describes incidents. A phrase is used again only after half of the phrases of its kind were used.
 */
export class Phrasebook {
  readonly #rng: Rng;
  readonly #language: Language;
  readonly #teams: Readonly<Record<SideName, string>>;
  readonly #recent = new Map<PhraseKey, readonly string[]>();

  constructor(rng: Rng, language: Language, teams: Readonly<Record<SideName, string>>) {
    this.#rng = rng;
    this.#language = language;
    this.#teams = teams;
  }

  say(incident: Incident): string {
    const tail = tailOf(incident);
    const phrase = this.#choose(incident.manner);
    return this.#fill(tail ? `${phrase} ${this.#choose(tail)}` : phrase, incident);
  }

  #choose(key: PhraseKey): string {
    const all = PHRASES[this.#language][key];
    const recent = this.#recent.get(key) ?? [];
    const phrase = pick(this.#rng, all.filter((text) => !recent.includes(text)));
    this.#recent.set(key, [phrase, ...recent].slice(0, Math.floor(all.length / 2)));
    return phrase;
  }

  #fill(phrase: string, { side, player, other, goals, ...incident }: Incident): string {
    const words = WORDS[this.#language];
    const { home, away } = this.#teams;
    const { minutes = 0 } = incident;
    const values: Record<string, string | undefined> = {
      home,
      away,
      team: side && this.#teams[side],
      opponent: side && this.#teams[side === "home" ? "away" : "home"],
      player: player?.name,
      fullPlayer: player?.fullName,
      other: other?.name,
      fullOther: other?.fullName,
      scoreline: `${home} ${goals[0]}${words.versus}${goals[1]} ${away}`,
      minute: `${minuteOf(incident)} ${words.minutes}`,
      added: `${minutes} ${minutes === 1 ? words.minute : words.minutes}`,
    };
    return phrase.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`"${phrase}" needs {${name}}`);
      return value;
    });
  }
}

/** The minute as football writes it: the 46th minute of the first half is `45+1`. */
function minuteOf({ clockSeconds, period }: Pick<Incident, "clockSeconds" | "period">): string {
  const minute = Math.floor(clockSeconds / 60);
  const regular = period * 45;
  return minute > regular ? `${regular}+${minute - regular}` : `${minute}`;
}

function tailOf({ manner, side, goals }: Incident): GoalTail | undefined {
  if (!manner.startsWith("goal")) return undefined;
  const lead = leadOf(side!, goals);
  if (lead === 0) return "tailLevel";
  if (lead === 1) return "tailAhead";
  return lead > 1 ? "tailFurther" : "tailNearer";
}

function leadOf(side: SideName, [home, away]: Goals): number {
  return side === "home" ? home - away : away - home;
}
