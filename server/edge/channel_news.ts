import type { Millis } from "../../shared/core/units.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import type { HostMessage } from "../../shared/lane/messages.ts";
import type { ChannelSetup, DownMessage } from "../link/down.ts";
import type { SessionRemoval } from "./admission/session_removal.ts";
import type { Announcer } from "./messages/announcement.ts";
import type { SessionLanes } from "./messages/session_lanes.ts";
import type { Repairs } from "./repair/repairs.ts";
import type { Channel } from "./sending/channel.ts";
import type { Session, SessionTable } from "./sessions/sessions.ts";
import type { ToldBroadcast } from "./told_broadcast.ts";

export interface ChannelNewsOptions {
  readonly told: ToldBroadcast;
  readonly announcer: Announcer;
  readonly sessions: SessionTable;
  readonly repairs: Repairs;
  readonly lanes: SessionLanes;
  readonly removal: SessionRemoval;
}

/** Begins and ends channels, and tells every listener; also what is said of a channel's contents and of the teams. */
export class ChannelNews {
  readonly #options: ChannelNewsOptions;

  constructor(options: ChannelNewsOptions) {
    this.#options = options;
  }

  onChannel(setup: ChannelSetup, now: Millis): void {
    const { told, repairs, announcer, sessions } = this.#options;
    const channel = told.onChannel(setup);
    repairs.addChannel(channel, now);
    const started = announcer.started(channel);
    const everyone = sessions.all;
    for (const session of everyone) session.onChannelStarted(started.numbers);
    this.#tell(everyone, started, now);
  }

  /** The channel's last packet has left. */
  onEnded(channel: Channel, now: Millis): void {
    const { told, repairs, announcer, sessions } = this.#options;
    told.onChannelEnded(channel.id);
    repairs.endChannel(channel, now);
    const everyone = sessions.all;
    for (const session of everyone) session.onChannelEnded(channel.ssrc);
    this.#tell(everyone, announcer.ended(channel), now);
  }

  onTeams(teams: Extract<DownMessage, { type: "teams" }>, now: Millis): void {
    const { told, sessions } = this.#options;
    told.onTeams(teams);
    this.#tell(sessions.all, teams, now);
  }

  onDataSetup(setup: DataSetup, now: Millis): void {
    const { lanes, sessions } = this.#options;
    lanes.tellDataSetup(sessions.all, setup, now);
  }

  /** The source of a channel is gone or back. */
  onPaused(id: number, isPaused: boolean, now: Millis): void {
    const { told, sessions } = this.#options;
    const channel = told.onPaused(id, isPaused);
    if (!channel) return;
    const type = isPaused ? "channel-paused" : "channel-resumed";
    this.#tell(sessions.all, { type, ssrc: channel.ssrc }, now);
  }

  /** Whoever can't be told any more begins anew, with another session. */
  #tell(sessions: readonly Session[], message: HostMessage, now: Millis): void {
    const { lanes, removal } = this.#options;
    const untold = lanes.tell(sessions, message, now);
    for (const session of untold) removal.loseTouch(session, now);
  }
}
