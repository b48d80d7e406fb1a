/**
 * server/studio: what the host's own page brings. This file and those beside it take the sound and the screen
 * that the page has encoded; match/ has the match, and web/ is the page itself.
 *
 * In: messages of the page, parsed (shared/studio). Out: Opus packets and pictures as an origin takes them, with
 * their times by the host's clock; when each channel begins, pauses, goes on and ends; what to tell the page
 * and the host. What was not asked for is refused by name, and said. browser_sound.ts keeps the sound even with
 * the host's clock, browser_screen.ts begins at key frames, picture_check.ts looks into pictures. Nothing here
 * does I/O: each call gets the current time. The next file to read is browser_sound.ts.
 */
import { Counters } from "../../shared/core/counters.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { CaptureMessage } from "../../shared/studio/capture_messages.ts";
import { ClockMap } from "../../shared/studio/clock_map.ts";
import type { StudioMedia } from "../../shared/studio/studio_media.ts";
import { BrowserScreen } from "./browser_screen.ts";
import { BrowserSound } from "./browser_sound.ts";
import type { CaptureOutput, MediumOutput } from "./capture_output.ts";
import { type Oddity, wordsOf } from "./oddities.ts";
import { PauseWatch } from "./pause_watch.ts";

/** The same thing is said to the host at most once in this time; the counts have all. */
const REPEAT_MILLIS: Millis = 60_000;

/** Takes what the page brings. One page at a time. */
export class BrowserMedia {
  /** What was refused or changed, by name. */
  readonly counts: Counters<Oddity> = new Counters();
  readonly #clock = new ClockMap();
  readonly #saidAt = new Map<Oddity, Millis>();
  readonly #sound = new BrowserSound();
  readonly #screen = new BrowserScreen();
  readonly #pauses = { audio: new PauseWatch("audio"), screen: new PauseWatch("screen") };

  /** When to call {@linkcode BrowserMedia.advance}; Infinity when never. */
  get deadline(): Millis {
    return Math.min(this.#pauses.audio.deadline, this.#pauses.screen.deadline);
  }

  /** A page is there, the first or another one: it has a clock of its own, and tells its formats. */
  onPage(): void {
    this.#clock.reset();
    this.#sound.forgetFormat();
    this.#screen.forgetFormat();
  }

  onMessage(message: CaptureMessage, now: Millis): CaptureOutput[] {
    const outputs = this.#obey(message);
    for (const { kind } of outputs) {
      if (kind === "sound-stopped") this.#pauses.audio.stop();
      if (kind === "screen-stopped") this.#pauses.screen.stop();
    }
    return this.#tell(outputs, now);
  }

  onMedia(media: StudioMedia, now: Millis): CaptureOutput[] {
    const at = this.#clock.map(media.at, now);
    const isSound = media.kind === "sound";
    const outputs = isSound ? this.#sound.take(media, at, now) : this.#screen.take(media, at, now);
    const isTaken = outputs.some(({ kind }) => kind === "sound" || kind === "picture");
    const watch = isSound ? this.#pauses.audio : this.#pauses.screen;
    return this.#tell(isTaken ? watch.onFrame(outputs, now) : outputs, now);
  }

  advance(now: Millis): CaptureOutput[] {
    return Object.values(this.#pauses).flatMap((watch) => watch.advance(now));
  }

  #obey(message: CaptureMessage): MediumOutput[] {
    switch (message.kind) {
      case "sound-format":
        return this.#sound.setFormat(message);
      case "sound-stop":
        return this.#sound.stop();
      case "screen-format":
        return this.#screen.setFormat(message);
      case "screen-stop":
        return this.#screen.stop();
    }
  }

  /** Counts what is odd, and puts it in words. */
  #tell(outputs: readonly MediumOutput[], now: Millis): CaptureOutput[] {
    return outputs.flatMap((output) => {
      if (output.kind !== "odd") return [output];
      this.counts.add(output.oddity);
      const isNew = now - (this.#saidAt.get(output.oddity) ?? -Infinity) >= REPEAT_MILLIS;
      if (!isNew) return [];
      this.#saidAt.set(output.oddity, now);
      return [{ kind: "warning", text: wordsOf(output.oddity, output.detail) }];
    });
  }
}
