import type { Millis } from "../../shared/core/units.ts";
import type { Clock } from "../../shared/driver/clock.ts";
import type { AudioFormat } from "../../shared/media/channel.ts";
import type { ServerCore } from "../core/server_core.ts";
import type { Match } from "../interface/config.ts";
import type { ServerOutput } from "../interface/output.ts";
import type { ScreenFormat } from "../origin/screen/picture.ts";
import { StoreError } from "../origin/timeline/broadcast_store.ts";
import type { StudioDoor } from "../studio/io/studio_sockets.ts";
import type { PageQueue } from "../studio/pages/page_queue.ts";
import type { StudioCore } from "../studio/studio_core.ts";
import type { Revocation, StudioOutput } from "../studio/studio_output.ts";
import { Alarm } from "./pumps/pumps.ts";

/** The host's own page, as a broadcast gets it. */
export interface StudioInput {
  readonly studio: StudioCore;
  /** Revokes a signed token in its file; rejects when that fails. */
  readonly revoke: (tokenId: string) => Promise<void>;
  /** Keeps the names of the teams for a restart. @throws StoreError */
  readonly keepTeams: (teams: Match) => void;
  /** Told of a channel that begins, before it does. */
  readonly onFormat: (format: AudioFormat | ScreenFormat) => void;
}

export interface StudioLinkOptions extends StudioInput {
  readonly core: ServerCore;
  readonly clock: Clock;
  /** Aborted at the end of the broadcast. */
  readonly signal: AbortSignal;
  /** Gives the core an input. */
  readonly input: (give: (now: Millis) => void) => void;
  readonly notice: (level: "warning", text: string) => void;
}

/** More of a live source can wait only when the host's clock was set: then the newest counts. */
const MOST_BACKLOG_MILLIS: Millis = 5000;
/** What a listener is told that the host puts out. */
const PUT_OUT = "the host has put you out";

/** Gives what the studio's pages say to the core, and what the core says to the studio. */
export class StudioLink implements StudioDoor {
  readonly #options: StudioLinkOptions;
  readonly #alarm: Alarm;
  /** Until when {@linkcode StudioLink.run} sleeps. */
  #sleepsUntil: Millis = -Infinity;
  #isDraining = false;
  /** Whether pictures were left out since the last one that the core got. */
  #hasGap = false;

  constructor(options: StudioLinkOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, options.signal);
    for (const candidate of options.core.openCandidates) options.studio.onCandidate(candidate);
    for (const { name } of options.core.channels) {
      if (name === "audio" || name === "screen") options.studio.onRunning(name);
    }
  }

  join(name: string | undefined, onReady: () => void): PageQueue | undefined {
    return this.#do((studio, now) => studio.join(name, onReady, now));
  }

  leave(page: PageQueue): void {
    this.#do((studio) => studio.leave(page));
  }

  onText(page: PageQueue, text: string): void {
    this.#do((studio, now) => studio.onText(page, text, now));
  }

  onBytes(page: PageQueue, bytes: Uint8Array): void {
    this.#do((studio, now) => studio.onBytes(page, bytes, now));
  }

  onOutput(output: ServerOutput): void {
    const { core } = this.#options;
    this.#do((studio, now) => {
      studio.onOutput(output, now);
      if (output.kind === "candidate") studio.onCandidate(output.candidate);
      if (output.kind === "stats") studio.onListeners(core.listeners(now));
    });
  }

  /** Wakes the studio when it wants to be woken, until the broadcast is over. */
  async run(): Promise<void> {
    const { studio, signal } = this.#options;
    while (!signal.aborted) {
      this.#sleepsUntil = studio.deadline;
      await this.#alarm.wait(this.#sleepsUntil);
      if (!signal.aborted) this.#do((_, now) => studio.advance(now));
    }
  }

  /** Sends the events that could still be undone, since the broadcast ends. */
  end(): void {
    this.#do((studio) => studio.end());
  }

  #do<Result>(act: (studio: StudioCore, now: Millis) => Result): Result {
    const { studio, clock } = this.#options;
    const result = act(studio, clock.now());
    this.#drain();
    if (studio.deadline < this.#sleepsUntil) this.#alarm.ring();
    return result;
  }

  /** An output may lead to an output of the core, and that to another one of the studio: they stay in order. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    const { studio } = this.#options;
    try {
      for (let output = studio.pollOutput(); output; output = studio.pollOutput()) {
        this.#perform(output);
      }
    } finally {
      this.#isDraining = false;
    }
  }

  #perform(output: StudioOutput): void {
    const { core, input, onFormat, notice } = this.#options;
    switch (output.kind) {
      case "sound-started":
        onFormat(output.format);
        return input((now) => core.openAudio(output.format, now));
      case "screen-started":
        onFormat(output.format);
        return input((now) => core.openScreen(output.format, now));
      case "sound":
      case "picture":
        return this.#send(output);
      case "screen-resized":
        return;
      case "paused":
      case "resumed":
        return this.#withChannel(output.channel, (id, now) => {
          core.setPaused(id, output.kind === "paused", now);
        });
      case "sound-stopped":
        return this.#withChannel("audio", (id, now) => core.endChannel(id, now));
      case "screen-stopped":
        return this.#withChannel("screen", (id, now) => core.endChannel(id, now));
      case "events":
        return input((now) => core.pushEvents(output.events, now));
      case "host-reports":
        return input((now) => core.hostReports(output.event, now));
      case "host-withdraws":
        return input((now) => core.hostWithdraws(output.eventId, now));
      case "decide":
        return input((now) => core.decide(output.candidateId, output.isConfirmed, now));
      case "teams":
        return this.#nameTeams(output.teams);
      case "put-out":
        return input((now) => core.putOut(output.listener, PUT_OUT, now));
      case "revoke":
        return void this.#revoke(output);
      case "warning":
        return notice("warning", output.text);
    }
  }

  /** What is captured before the broadcast starts, or waits for too long, is left out: it is live. */
  #send(output: Extract<StudioOutput, { kind: "sound" | "picture" }>): void {
    const { core, input } = this.#options;
    const isSound = output.kind === "sound";
    const backlog = isSound ? core.audioBacklog : core.screenBacklog;
    const isTooEarly = output.at < (core.startedAt ?? Infinity);
    if (isTooEarly || backlog > MOST_BACKLOG_MILLIS) {
      if (!isSound) this.#leaveOut(core.startedAt !== undefined);
      return;
    }
    input((now) => {
      const at = Math.min(output.at, now);
      if (isSound) return core.pushAudio(output.frame, now, at);
      const gapBefore = output.picture.gapBefore || this.#hasGap;
      this.#hasGap = false;
      core.pushPicture({ ...output.picture, gapBefore }, now, at);
    });
  }

  #leaveOut(asksForKeyFrame: boolean): void {
    const isNew = !this.#hasGap;
    this.#hasGap = true;
    if (isNew && asksForKeyFrame) this.#options.studio.onKeyFrameWanted();
  }

  #withChannel(channel: "audio" | "screen", act: (id: number, now: Millis) => void): void {
    const { core, input } = this.#options;
    const id = channel === "audio" ? core.audioId : core.screenId;
    if (id !== undefined) input((now) => act(id, now));
  }

  #nameTeams(teams: Match): void {
    const { core, input, keepTeams, notice } = this.#options;
    try {
      keepTeams(teams);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      notice("warning", `${error.message}: after a restart the teams will have their former names`);
    }
    input((now) => core.setTeams(teams, now));
  }

  async #revoke(output: Revocation): Promise<void> {
    let problem: string | undefined;
    try {
      await this.#options.revoke(output.tokenId);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    this.#do((studio) => studio.onRevoked(output, problem));
  }
}
