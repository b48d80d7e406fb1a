import type { RejectCode } from "../../shared/admission/admission.ts";
import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis } from "../../shared/core/units.ts";
import { type DownMessage, type Item, parseDown } from "../link/down.ts";
import type { SessionRemoval } from "./admission/session_removal.ts";
import type { ChannelNews } from "./channel_news.ts";
import type { Ending } from "./ending.ts";
import type { Announcer } from "./messages/announcement.ts";
import type { SessionLanes } from "./messages/session_lanes.ts";
import type { PastStore } from "./past/past_store.ts";
import type { EdgeReporting } from "./reporting/edge_reporting.ts";
import type { ItemSender } from "./sending/item_sender.ts";
import type { HostSecrecy } from "./sessions/host_secrecy.ts";
import type { ToldBroadcast } from "./told_broadcast.ts";

export interface OriginMessagesDeps {
  readonly told: ToldBroadcast;
  readonly secrecy: HostSecrecy | undefined;
  readonly announcer: Announcer;
  readonly news: ChannelNews;
  readonly sender: ItemSender;
  readonly pastStore: PastStore;
  readonly removal: SessionRemoval;
  readonly ending: Ending;
  readonly reporting: EdgeReporting;
  readonly lanes: Pick<SessionLanes, "tellOne" | "wake">;
  readonly junk: Counters<JunkName>;
}

/** Takes the messages of the origin, each to the part of the edge that it concerns. */
export class OriginMessages {
  readonly #deps: OriginMessagesDeps;

  constructor(deps: OriginMessagesDeps) {
    this.#deps = deps;
  }

  /** One that can't be read, or that is out of place, is counted and changes nothing. */
  take(bytes: Uint8Array, now: Millis): void {
    const { told, secrecy, sender, ending, junk } = this.#deps;
    const message = parseDown(bytes);
    if (!message.ok) return junk.add(message.junk);
    // A channel that has ended may still have packets that wait, and the new one needs its place.
    if (message.value.type === "channel") sender.flushEnded(now);
    const isInPlace = !ending.isTold && told.isInPlace(message.value, !!secrecy);
    if (!isInPlace) return junk.add("misplacedItem");
    this.#onMessage(message.value, now);
  }

  #onMessage(message: DownMessage, now: Millis): void {
    const { told, secrecy, announcer, news, ending } = this.#deps;
    switch (message.type) {
      case "item":
        return this.#onItem(message, now);
      case "broadcast":
        told.onBroadcast(message, now);
        if (message.signingKey) secrecy?.trust(message.signingKey);
        return;
      case "channel":
        return news.onChannel(message, now);
      case "teams":
        return news.onTeams(message, now);
      case "clock":
        return told.onClock(message, now);
      case "timeline":
        return announcer.onTimeline(message);
      case "data-setup":
        return news.onDataSetup(message.setup, now);
      case "report-setup":
        return this.#deps.lanes.wake(this.#deps.reporting.onSetup(message.setup), now);
      case "report-answer":
        return this.#onAnswer(message, now);
      case "candidate":
        return this.#deps.reporting.onCandidate(message.candidate);
      case "past":
        return this.#onPast(message);
      case "channel-paused":
        return news.onPaused(message.id, true, now);
      case "channel-resumed":
        return news.onPaused(message.id, false, now);
      case "channel-ended":
        return this.#endChannel(message.id, now);
      case "put-out":
        return this.#putOut(message, now);
      case "ended":
        this.#deps.reporting.end();
        return ending.begin(message.reason, now);
    }
  }

  /** The session may have left, or be at another edge. */
  #onAnswer(
    { connectionId, answer }: Extract<DownMessage, { type: "report-answer" }>,
    now: Millis,
  ): void {
    const session = this.#deps.reporting.reporterOf(connectionId);
    if (session) this.#deps.lanes.tellOne(session, answer, now);
  }

  #onItem(item: Item, now: Millis): void {
    const { told, sender, junk } = this.#deps;
    const channel = told.channel(item.channel);
    const isNext = channel && sender.push(channel, item, now);
    if (!isNext) junk.add("misplacedItem");
  }

  #onPast({ firstCount, block }: Extract<DownMessage, { type: "past" }>): void {
    const { pastStore, junk } = this.#deps;
    if (!pastStore.put(firstCount, block.slice())) junk.add("malformedLink");
  }

  #endChannel(id: number, now: Millis): void {
    const { told, sender } = this.#deps;
    const channel = told.channel(id);
    if (channel) sender.end(channel, now);
  }

  #putOut(message: Extract<DownMessage, { type: "put-out" }>, now: Millis): void {
    const { connectionId, reason } = message;
    const code = message.code as RejectCode;
    this.#deps.removal.putOutOne(connectionId, { code, reason }, now);
  }
}
