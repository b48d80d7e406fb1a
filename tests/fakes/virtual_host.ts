import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { type Examined, TokenExaminer } from "../../server/tokens/token_examiner.ts";
import type { BroadcastStore, HostKeys } from "../../server/origin/timeline/broadcast_store.ts";
import type { Access, ServerConfig } from "../../server/interface/config.ts";
import type { ReportsSetup } from "../../server/origin/reported_events.ts";
import type { VotingSettings } from "../../server/origin/reports/voting_rule.ts";
import type { ScoreKeeper } from "../../server/origin/timeline/new_event.ts";
import { footballActions } from "../../server/studio/match/actions.ts";
import { MatchControl } from "../../server/studio/match/match_control.ts";
import type { ServerOutput } from "../../server/interface/output.ts";
import type { Pass } from "../../server/tokens/pass.ts";
import type { EventSigner } from "../../shared/secrecy/signed_event.ts";
import { ServerCore } from "../../server/core/server_core.ts";
import { type Rng, SeededRng } from "../../shared/core/rng.ts";
import type { OtherEdges } from "../../server/edge/edge_core.ts";
import type { EdgeKeys } from "../../server/edge/sessions/host_secrecy.ts";
import type { OriginDeps } from "../../server/origin/origin_core.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import { type EdgePlace, SplitHost } from "./split_host.ts";
import { FakeOpener } from "./fake_sealing.ts";
import { MP3 } from "./mp3_frames.ts";
import type { Join } from "../../shared/admission/admission.ts";

/** The differences to an open host with sound and events. */
export interface HostOptions extends Partial<ServerConfig> {
  readonly access?: Access;
  /** The passes of tokens, by token. */
  readonly passes?: ReadonlyMap<string, Pass>;
  /** Not encrypted; the setting of the world when absent. */
  readonly isPlain?: boolean;
  readonly ciphers?: Ciphers;
  /** One origin and these edges apart, instead of one of each in a process. */
  readonly edges?: readonly EdgePlace[];
  /** What those edges know of others. */
  readonly others?: OtherEdges;
  /** Survives a crash: a host that is started with the same store resumes its broadcast. */
  readonly store?: BroadcastStore;
  /** Football's actions can be reported by whom `reports` says; the match is then kept as the program keeps it. */
  readonly voting?: Partial<VotingSettings>;
}

/** A host in the world: its core, and all its outputs. */
export class VirtualHost {
  readonly outputs: ServerOutput[] = [];
  /** All keys that listeners ever had, by epoch; only a test may know them. */
  readonly epochs = new Map<number, GroupEpoch>();
  hasAudioEnded = false;
  constructor(
    readonly core: ServerCore,
    readonly examiner: TokenExaminer,
    /** The host key of the join link; undefined when the broadcast is not encrypted. */
    readonly hostKey: Uint8Array | undefined,
    readonly audio: Iterator<EncodedFrame>,
    readonly passes: ReadonlyMap<string, Pass>,
    /** Signs as the origin does; only a test may use it. */
    readonly signer: () => EventSigner,
    /** The match; undefined when nothing can be reported. */
    readonly match: MatchControl | undefined,
  ) {}

  examine(join: Join): Examined {
    const examined = this.examiner.examine(join);
    if (examined instanceof Promise) throw new Error("Time stands still here");
    if (examined.kind === "invalid" || examined.grant.kind === "refused") return examined;
    const pass = this.passes.get(examined.info.token ?? "");
    return pass ? { ...examined, grant: { kind: "granted", pass } } : examined;
  }

  said<Kind extends ServerOutput["kind"]>(kind: Kind): Extract<ServerOutput, { kind: Kind }>[] {
    return this.outputs.filter((output) => output.kind === kind) as never;
  }
}

/** Opens a host with sound and events, unless told otherwise. */
export function openHost(
  options: HostOptions,
  audio: Iterator<EncodedFrame>,
  rng: Rng,
  now: Millis,
): VirtualHost {
  const { access = { kind: "open" }, isPlain, ciphers = nodeCiphers, ...others } = options;
  const { passes = new Map(), store, edges, others: otherEdges, voting, ...config } = others;
  const whole: ServerConfig = {
    audio: MP3,
    hasEvents: true,
    match: { home: "Home", away: "Away" },
    capacity: 100,
    waitFor: 0,
    plainReceivers: [],
    keepaliveMillis: 5000,
    ...(store && { timeline: store.load() }),
    ...config,
  };
  const { exchange, signing } = findKeys(rng, store);
  const opener = isPlain ? undefined : new FakeOpener({ bytes: () => exchange });
  const examiner = new TokenExaminer(access, opener);
  const signer = () => ({ ciphers, seed: signing, broadcastId: core.broadcastId });
  const keys = opener && { ciphers, hostKey: opener.hostKey };
  const kept: { match?: MatchControl } = {};
  const reporting = voting && reportingOf(voting, store, () => kept.match!);
  const common = { rng, now, ciphers, ...(store && { journal: store }), ...reporting };
  const core = edges
    ? openSplit(whole, { edges, others: otherEdges }, {
      ...common,
      ...(keys && { signing: { ciphers, signingSeed: signing } }),
    }, keys)
    : new ServerCore(whole, {
      ...common,
      ...(keys && { secrecy: { ...keys, signingSeed: signing } }),
    });
  if (voting) kept.match = keepMatch(core, whole, now);
  return new VirtualHost(core, examiner, opener?.hostKey, audio, passes, signer, kept.match);
}

/** What server/broadcast/open_match.ts gives a core. */
function reportingOf(
  voting: Partial<VotingSettings>,
  store: BroadcastStore | undefined,
  match: () => MatchControl,
) {
  const scores: ScoreKeeper = {
    withScores: (events) => match().withScores(events),
    onEntry: (entry) => match().onEntry(entry),
  };
  const reports: ReportsSetup = {
    actions: footballActions("en"),
    ...{ quorum: 2, votesPerAddress: 1, ...voting },
    toEvent: (event) => match().ofReports(event),
    ...(store && { journal: store.reports }),
  };
  return { scores, reports };
}

function keepMatch(core: ServerCore, { match }: ServerConfig, now: Millis): MatchControl {
  const hasPast = core.timeline.head.count > 0;
  return new MatchControl({
    language: "en",
    ...(match && { teams: match }),
    ...(hasPast && { past: core.timeline.readEntries() }),
    hasOwnScore: ({ event }) => event.agreement === undefined,
    acceptedNear: (what, time) => core.acceptedNear(what, time),
  }, now);
}

/** The keys are the same for every host with the same store. */
function findKeys(rng: Rng, store?: BroadcastStore): HostKeys {
  const kept = store?.load().keys;
  if (kept) return kept;
  const keys = { exchange: rng.bytes(32), signing: rng.bytes(32) };
  store?.saveKeys(keys);
  return keys;
}

/** A split host does all that the world asks of a core. */
function openSplit(
  config: ServerConfig,
  places: { readonly edges: readonly EdgePlace[]; readonly others?: OtherEdges },
  origin: OriginDeps,
  keys: EdgeKeys | undefined,
): ServerCore {
  const { rng, now } = origin;
  const rngs = () => new SeededRng(rng.uint32());
  return new SplitHost({ config, ...places, origin, keys, rngs, now }) as unknown as ServerCore;
}
