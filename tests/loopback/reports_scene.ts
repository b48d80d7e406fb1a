import type { Candidate } from "../../shared/report/report.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { HostOptions, VirtualHost } from "../fakes/virtual_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld, type WorldOptions } from "../fakes/virtual_world.ts";
import { hasJoined } from "./scenario.ts";

export const HOME = "Flamengo";
export const AWAY = "Santos";
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** A host without sound whose listeners report. */
export const STANDS: HostOptions = {
  audio: undefined,
  match: { home: HOME, away: AWAY },
  reports: "open",
  voting: {},
};

export interface Scene {
  readonly world: VirtualWorld;
  readonly host: VirtualHost;
  readonly listeners: readonly VirtualListener[];
}

/** Listeners who have joined a match on which they may report. */
export function openStands(
  count: number,
  options: HostOptions = {},
  ofWorld: WorldOptions = {},
): Scene {
  const world = new VirtualWorld(ofWorld);
  const host = world.startHost({ ...STANDS, ...options }, silence());
  const listeners = Array.from({ length: count }, () => world.addListener());
  world.runUntil(() => listeners.every(hasJoined), 10 * SECOND, "joined");
  world.run(2 * SECOND);
  return { world, host, listeners };
}

/** No sound at all. */
export function* silence(): Generator<never> {}

/** The timeline as a listener was told it. */
export function timelineOf(listener: VirtualListener): TimelineEvent[] {
  return listener.said("event").map(({ event }) => event);
}

export function hostTimeline(host: VirtualHost): TimelineEvent[] {
  return host.said("event-sent").map(({ event }) => event);
}

/** What became of a report, in order. */
export function statesOf(listener: VirtualListener, id: string): string[] {
  return listener.said("report").filter(({ reportId }) => reportId === id)
    .map(({ state, code }) => code === undefined ? state : `${state} ${code}`);
}

/** How the votes stood, as the host told it: `reported 1`. */
export function candidatesOf(host: VirtualHost, title: string, origin: string): string[] {
  return host.said("candidate").map(({ candidate }) => candidate)
    .filter((one) => one.title === title && one.origin === origin).map(inWords);
}

function inWords({ state, votes, against }: Candidate): string {
  return against === 0 ? `${state} ${votes}` : `${state} ${votes}:${against}`;
}
