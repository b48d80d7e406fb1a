import type { Machine } from "../../shared/driver/machine.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import { MAX_WAYS_SHOWN } from "../../shared/studio/studio_messages.ts";
import type { ServerCore } from "../core/server_core.ts";
import type { ServeOptions } from "../interface/config.ts";
import { showLocation } from "../origin/io/bytes/location.ts";
import type { BroadcastStore } from "../origin/timeline/broadcast_store.ts";
import { openStudioServer, type StudioServer } from "../studio/io/studio_server.ts";
import type { StudioDoor } from "../studio/io/studio_sockets.ts";
import type { MatchControl } from "../studio/match/match_control.ts";
import { StudioCore, type StudioFacts } from "../studio/studio_core.ts";
import { revokeToken } from "../tokens/io/revoke_token.ts";
import type { BroadcastReady } from "./broadcast.ts";
import type { Notices } from "./notices.ts";
import { mayAnyoneReport } from "./report_options.ts";
import type { StudioInput } from "./studio_link.ts";
import { BROWSER, isBrowserSound } from "./studio_options.ts";

/** The host's own page while the broadcast is opened. */
export interface OpenedStudio {
  readonly server: StudioServer;
  /** Where the pages' messages go from now on. */
  goTo(door: StudioDoor | undefined): void;
  /** The match goes on from what the core has stored. */
  begin(
    core: ServerCore,
    control: MatchControl,
    given: StudioBeginning,
  ): Omit<StudioInput, "onFormat">;
}

export interface StudioBeginning {
  readonly options: ServeOptions;
  readonly store: BroadcastStore | undefined;
  readonly machine: Machine;
  readonly ready: BroadcastReady;
  readonly tokens: readonly string[];
}

/**
 * Opens the studio's address.
 *
 * @returns undefined when the broadcast has no studio.
 * @throws CommandError when the address is not available.
 */
export function openStudio(
  { studio: local }: ServeOptions,
  { rng }: Pick<Machine, "rng">,
  notices: Notices,
): OpenedStudio | undefined {
  if (!local) return undefined;
  let door: StudioDoor | undefined;
  const onTrouble = (text: string) => notices.say(text);
  const server = openStudioServer({ local, rng, door: () => door, onTrouble });
  return {
    server,
    goTo: (to) => void (door = to),
    begin(core, control, given) {
      const { options, store, machine } = given;
      const eventRoom = () => core.eventRoom;
      const { duration } = options;
      const studio = new StudioCore({
        facts: describeStudio(given),
        control,
        eventRoom,
        takesReports: mayAnyoneReport(options),
        ...(duration !== undefined && { durationMillis: duration }),
      });
      return {
        studio,
        keepTeams: (teams) => store?.saveTeams(teams),
        revoke: (tokenId) => revokeToken(options.signedTokens ?? "", tokenId, machine),
      };
    },
  };
}

function describeStudio({ options, ready, tokens }: StudioBeginning): StudioFacts {
  const { capacity, isPlain, isOpen, screenSize, screenRate, screenBitrate } = options;
  return {
    link: ready.link,
    ways: ready.ways.slice(0, MAX_WAYS_SHOWN)
      .map(({ address, link }) => ({ address: formatAddress(address), link })),
    capacity,
    isPlain,
    tokens: isOpen ? "open" : tokens.length > 0 ? "shared" : "own",
    sources: describeSources(options),
    screen: {
      ...screenSize,
      ...(screenRate !== undefined && { rate: screenRate }),
      ...(screenBitrate !== undefined && { bitrate: screenBitrate }),
    },
  };
}

function describeSources(options: ServeOptions): StudioFacts["sources"] {
  const { audio, screen } = options;
  const sound = audio.map(showLocation).join(", ");
  return {
    sound: isBrowserSound(options)
      ? { isBrowser: true }
      : { isBrowser: false, reason: otherSource("sound", "--audio", sound, "the microphone") },
    screen: screen === BROWSER ? { isBrowser: true } : {
      isBrowser: false,
      reason: otherSource("screen", "--screen", showLocation(screen ?? ""), "a screen of the page"),
    },
  };
}

function otherSource(what: string, flag: string, shown: string, wanted: string): string {
  const source = shown.length > 200 ? `${shown.slice(0, 200).toWellFormed()}…` : shown;
  return `The ${what} comes from ${source} (${flag}). Start the broadcast without ${flag} to send ${wanted}`;
}
