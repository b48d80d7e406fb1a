import { EVENT_TYPES, type EventType } from "../../../shared/event/event.ts";
import type { Match } from "../../interface/config.ts";

/** The languages of the simulated match and of the titles. */
export type Language = "en" | "pt";

/** What the teams are called as long as nobody names them. */
export const UNNAMED_TEAMS: Match = { home: "Home", away: "Away" };

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

const TYPE_OF_NUMBER = new Map(
  Object.entries(EVENT_TYPES).map(([type, number]) => [number as number, type as EventType]),
);

/** @returns undefined for a number without a defined type. */
export function eventTypeOf(number: number): EventType | undefined {
  return TYPE_OF_NUMBER.get(number);
}
