import type { Broadcast } from "../../../../../shared/directory/forms.ts";

/** A broadcast of a list; its id is made of the number. */
export function broadcast(number: number, more: Partial<Broadcast> = {}): Broadcast {
  return {
    id: number.toString(16).padStart(16, "0"),
    title: "Flamengo x Santos",
    sport: "Football",
    home: "Flamengo",
    away: "Santos",
    state: "live",
    score: "0 x 0",
    clock: "00:00",
    startsAt: null,
    seats: 50,
    seatsFree: 38,
    host: { name: "Ann" },
    ...more,
  };
}

export function idsOf(broadcasts: readonly Broadcast[]): readonly number[] {
  return broadcasts.map(({ id }) => parseInt(id, 16));
}
