import { getLogger } from "@logtape/logtape";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { CreateWish } from "../../shared/page/page_directory.ts";
import { openPlanned } from "../broadcast/open_broadcast.ts";
import { BroadcastLog } from "../console/broadcast_log.ts";
import { BroadcastTotals } from "../console/broadcast_totals.ts";
import { RefusalDigest } from "../console/refusal_digest.ts";
import type { ServeOptions } from "../interface/config.ts";
import type { ServerOutput } from "../interface/output.ts";

/** What a page of another command does not ask. */
export interface HostSettings extends Pick<ServeOptions, "identity" | "name" | "links"> {
  readonly directory: string;
}

/** The usual values of `serve`; any free ports, since other broadcasts may run on this machine. */
const USUAL: ServeOptions = {
  host: "0.0.0.0",
  port: 0,
  audio: [],
  loop: false,
  studio: { hostname: "127.0.0.1", port: 0 },
  noOpen: true,
  simulate: false,
  language: "en",
  reports: "tokens",
  capacity: 100,
  waitFor: 0,
  tokens: [],
  isOpen: false,
  isPlain: false,
  plainReceivers: [],
  plainScreenReceivers: [],
  json: false,
};

/**
 * Hosts a broadcast that somebody has created on a page of this process: in the directory, with a studio, until the
 * signal ends it.
 *
 * @throws CommandError when the directory refuses it, or it can't be opened.
 */
export async function hostFromPage(
  wish: CreateWish,
  settings: HostSettings,
  { machine, terminal }: { readonly machine: Machine; readonly terminal: Terminal },
  signal: AbortSignal,
) {
  const options = optionsOf(wish, settings);
  const onWaiting = (text: string) => terminal.err(`${text}\n`);
  const { broadcast, studio } = await openPlanned(options, machine, { signal, onWaiting });
  const totals = new BroadcastTotals(machine.clock.now());
  const log = new BroadcastLog(getLogger(["streamer", "serve"]), totals);
  const digest = new RefusalDigest();
  log.start(broadcast.ready, options);
  broadcast.subscribe((output: ServerOutput) => {
    const now = machine.clock.now();
    totals.note(output, now);
    for (const told of digest.take(output, now)) log.write(told);
    if (output.kind === "notice" && output.level !== "info") onWaiting(output.text);
  });
  const stop = () => broadcast.stop("interrupted");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return {
    id: broadcast.ready.id ?? null,
    makeStudioUrl: () => studio!.makeUrlOnce(),
    finished: broadcast.finished.finally(() => log.end()),
  };
}

function optionsOf(wish: CreateWish, settings: HostSettings): ServeOptions {
  const { title, sport, home, away, seats, startsAt, visibility } = wish;
  return {
    ...USUAL,
    ...settings,
    title,
    sport,
    match: { home, away },
    capacity: seats,
    isUnlisted: visibility === "unlisted",
    ...(startsAt != null && { starts: { at: startsAt } }),
  };
}
