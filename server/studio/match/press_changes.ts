import type { HostEvent } from "../../origin/reports/desk_interface.ts";
import { idOf, type WaitingDraft } from "./outgoing_events.ts";

/** What the host has pressed or taken back: reporters who say the same are then right. */
export type PressChange =
  | { readonly kind: "host-reports"; readonly event: HostEvent }
  | { readonly kind: "host-withdraws"; readonly eventId: string };

/** Compares what waited before a command of the host with what waits after it; a command sends nothing. */
export function pressChanges(
  before: readonly WaitingDraft[],
  after: readonly WaitingDraft[],
): PressChange[] {
  const gone = before.filter((one) => !after.some(({ draft }) => draft === one.draft));
  const fresh = after.filter((one) => !before.some(({ draft }) => draft === one.draft));
  return [
    ...gone.map(({ draft }) => ({ kind: "host-withdraws", eventId: idOf(draft) }) as const),
    ...fresh.map((one) => ({ kind: "host-reports", event: hostEvent(one) }) as const),
  ];
}

function hostEvent({ draft: { event: { event } } }: WaitingDraft): HostEvent {
  const { id: eventId, title, origin, time, supersedes } = event;
  return { eventId, title, origin, time, ...(supersedes !== undefined && { supersedes }) };
}
