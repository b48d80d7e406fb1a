import { EVENT_TYPES, type EventType } from "./event.ts";

/** The languages of the simulated match and of the titles. */
export type Language = "en" | "pt";

/** What the teams are called as long as nobody names them. */
export const UNNAMED_TEAMS = { home: "Home", away: "Away" } as const;

/** The title of each event type. */
export const TITLES: Readonly<Record<Language, Readonly<Record<EventType, string>>>> = {
  en: {
    foul: "Foul",
    goal: "Goal",
    redCard: "Red card",
    yellowCard: "Yellow card",
    kickOff: "Kick-off",
    corner: "Corner",
    offside: "Offside",
    substitution: "Substitution",
    halfTime: "Half-time",
    fullTime: "Full-time",
    secondHalf: "Second half",
    penalty: "Penalty",
    save: "Save",
    shot: "Shot",
    injury: "Injury",
    addedTime: "Added time",
    note: "Comment",
  },
  pt: {
    foul: "Falta",
    goal: "Gol",
    redCard: "Cartão vermelho",
    yellowCard: "Cartão amarelo",
    kickOff: "Início de jogo",
    corner: "Escanteio",
    offside: "Impedimento",
    substitution: "Substituição",
    halfTime: "Intervalo",
    fullTime: "Fim de jogo",
    secondHalf: "Segundo tempo",
    penalty: "Pênalti",
    save: "Defesa",
    shot: "Finalização",
    injury: "Lesão",
    addedTime: "Acréscimos",
    note: "Comentário",
  },
};

/** A goal that counts for the other team has a title of its own, and the type of a goal. */
export const OWN_GOAL_TITLES: Readonly<Record<Language, string>> = {
  en: "Own goal",
  pt: "Gol contra",
};

/** The language of a title that is football's; undefined for any other title. */
export function languageOf(title: string): Language | undefined {
  return (["en", "pt"] as const).find((language) =>
    title === OWN_GOAL_TITLES[language] || Object.values(TITLES[language]).includes(title)
  );
}

const TYPE_OF_NUMBER = new Map(
  Object.entries(EVENT_TYPES).map(([type, number]) => [number as number, type as EventType]),
);

/** @returns undefined for a number without a defined type. */
export function eventTypeOf(number: number): EventType | undefined {
  return TYPE_OF_NUMBER.get(number);
}
