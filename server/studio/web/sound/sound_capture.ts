/**
 * server/studio/web/sound: captures a microphone or line-in, and brings it to the host as Opus.
 *
 * In: the host's wishes (which device, mute, monitor). Out: packets over a CaptureLink, and signals for the page:
 * what state it is in, how loud it is, what is wrong. microphone.ts opens the device, sound_source.ts reads its
 * samples, sound_pipeline.ts makes packets of them: level_meter.ts measures, block_cutter.ts and resampler.ts
 * cut, opus_config.ts and opus_encoder.ts encode. monitor.ts plays what goes out. capture_worklet.ts is a script
 * of its own. This file puts them together. The next file to read is sound_pipeline.ts.
 */
import { type Signal, signal } from "@preact/signals";
import type { Micros, Millis } from "../../../../shared/core/units.ts";
import type { CaptureLink } from "../capture/capture_link.ts";
import { type CaptureProblem, problem, problemOf } from "../capture/capture_problem.ts";
import { pageNow } from "../capture/page_clock.ts";
import { RateMeter } from "../capture/rate_meter.ts";
import { StayAwake } from "../capture/stay_awake.ts";
import { type Level, SILENCE } from "./level_meter.ts";
import {
  listSoundDevices,
  type MicrophoneOptions,
  openMicrophone,
  type SoundDevice,
} from "./microphone.ts";
import { Monitor } from "./monitor.ts";
import type { OpusOptions } from "./opus_config.ts";
import { firstSupported, OpusEncoder } from "./opus_encoder.ts";
import { SoundPipeline } from "./sound_pipeline.ts";
import { openSoundSource, type SoundSource } from "./sound_source.ts";

export type SoundOptions = MicrophoneOptions & OpusOptions;

export type SoundState =
  | { readonly phase: "off" | "starting" }
  | { readonly phase: "on"; readonly device: SoundDevice }
  /** Nothing is sent. The channel stays until {@linkcode SoundCapture.stop}: listeners hear a pause. */
  | { readonly phase: "failed"; readonly problem: CaptureProblem };

const QUIET: Level = {
  ...{ peak: SILENCE, hold: SILENCE, rms: SILENCE },
  ...{ isClipping: false, isSilent: false },
};
const LEVEL_MILLIS: Millis = 50;
const WATCH_MILLIS: Millis = 1000;
/** A device that gives no samples for this long has a problem of its own. */
const STALLED_MILLIS: Millis = 2000;
/** Sound is left out while the WebSocket is this far behind, so that what waits stays bounded. */
const MAX_BUFFERED_BYTES = 8 << 20;

/** What belongs to one start, and ends with it. */
interface Run {
  readonly track: MediaStreamTrack;
  readonly pipeline: SoundPipeline;
  source?: SoundSource;
  format?: { readonly sampleRate: number; readonly channelCount: 1 | 2 };
}

/** The microphone of the studio's page. */
export class SoundCapture {
  readonly state: Signal<SoundState> = signal({ phase: "off" });
  readonly level: Signal<Level> = signal(QUIET);
  readonly devices: Signal<readonly SoundDevice[]> = signal([]);
  readonly isMuted: Signal<boolean> = signal(false);
  readonly isMonitored: Signal<boolean> = signal(false);
  /** What is wrong while it goes on. */
  readonly warning: Signal<CaptureProblem | null> = signal(null);
  /** Bits per second that go out. */
  readonly bitrate: Signal<number> = signal(0);
  /** Packets that were left out, because the link or the encoder was too slow. */
  packetsDropped = 0;
  readonly #link: CaptureLink;
  readonly #workletUrl: string;
  readonly #awake = new StayAwake();
  readonly #rate = new RateMeter();
  #options: SoundOptions | undefined;
  #run: Run | undefined;
  #monitor: Monitor | undefined;
  #blockAt: Millis = 0;
  #levelAt: Millis = 0;
  /** Counts starts: a device that opens after another start, or a stop, is closed again. */
  #starts = 0;

  /** @param workletUrl where the host serves capture_worklet.ts. */
  constructor(link: CaptureLink, workletUrl: string) {
    this.#link = link;
    this.#workletUrl = workletUrl;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#onDevices());
    setInterval(() => this.#watch(), WATCH_MILLIS);
    void this.#onDevices();
  }

  /** Begins, or goes on with another device or other settings in the same channel. */
  async start(options: SoundOptions): Promise<void> {
    const start = ++this.#starts;
    this.#options = options;
    this.#end();
    this.state.value = { phase: "starting" };
    const opened = await openMicrophone(options);
    if (start !== this.#starts) return void (opened.ok && opened.track.stop());
    if (!opened.ok) return this.#fail(opened.problem);
    await this.#open(opened.track, options);
    await this.#onDevices();
  }

  /** Ends the channel. */
  stop(): void {
    this.#starts++;
    this.#end();
    this.state.value = { phase: "off" };
    this.#link.say({ kind: "sound-stop" });
  }

  setMuted(isMuted: boolean): void {
    this.isMuted.value = isMuted;
    if (this.#run) this.#run.pipeline.isMuted = isMuted;
  }

  setMonitored(isMonitored: boolean): void {
    this.isMonitored.value = isMonitored;
    this.#followMonitor();
  }

  /** The WebSocket is open anew: the host must be told again what comes. */
  announce(): void {
    const format = this.#run?.format;
    if (format) this.#link.say({ kind: "sound-format", codec: "opus", ...format });
  }

  async #open(track: MediaStreamTrack, options: SoundOptions): Promise<void> {
    const run: Run = { track, pipeline: this.#createPipeline(options, () => run) };
    this.#run = run;
    run.pipeline.isMuted = this.isMuted.peek();
    this.#blockAt = pageNow();
    track.onended = () => void this.#onEnded(run);
    try {
      const source = await openSoundSource(track, this.#workletUrl, (block, rate) => {
        this.#blockAt = pageNow();
        run.pipeline.push(block, rate);
        if (this.#run === run) this.#showLevel(run);
      });
      if (this.#run !== run) return source.close();
      run.source = source;
    } catch (error) {
      return this.#run === run ? this.#fail(problemOf("sound", error)) : undefined;
    }
    const deviceId = track.getSettings().deviceId ?? "";
    this.state.value = { phase: "on", device: { deviceId, name: track.label || "Microphone" } };
    this.#awake.set(true);
  }

  #createPipeline(options: SoundOptions, runOf: () => Run): SoundPipeline {
    return new SoundPipeline(options, {
      onFormat: (sampleRate, channelCount) => {
        runOf().format = { sampleRate, channelCount };
        this.announce();
        this.#followMonitor();
      },
      onPacket: (bytes, at) => this.#send(bytes, at),
      onFailure: () => this.#run === runOf() && this.#fail(problem("sound", "encoder")),
    }, {
      now: () => pageNow(),
      choose: firstSupported,
      createEncoder: (config, handlers) => new OpusEncoder(config, handlers),
    });
  }

  #send(bytes: Uint8Array, at: Micros): void {
    if (this.#link.bufferedAmount > MAX_BUFFERED_BYTES) return void this.packetsDropped++;
    this.#link.bring({ kind: "sound", isKey: false, at, bytes });
    this.#rate.add(bytes.length, pageNow());
    this.#monitor?.push(bytes, at);
  }

  #showLevel({ pipeline }: Run): void {
    const now = pageNow();
    if (now - this.#levelAt < LEVEL_MILLIS) return;
    this.#levelAt = now;
    this.level.value = pipeline.level;
  }

  #followMonitor(): void {
    this.#monitor?.close();
    const format = this.isMonitored.peek() ? this.#run?.format : undefined;
    this.#monitor = undefined;
    try {
      if (format) this.#monitor = new Monitor(format.channelCount, () => this.setMonitored(false));
    } catch {
      // A browser that can't play: what is sent does not suffer.
      this.isMonitored.value = false;
    }
  }

  #watch(): void {
    const now = pageNow();
    this.bitrate.value = this.#rate.rate(now).bitrate;
    const isOn = this.state.peek().phase === "on";
    const isStalled = isOn && now - this.#blockAt > STALLED_MILLIS;
    this.warning.value = isStalled ? problem("sound", "stalled") : null;
  }

  async #onDevices(): Promise<void> {
    const before = this.devices.peek();
    const devices = await listSoundDevices();
    this.devices.value = devices;
    const state = this.state.peek();
    const isLost = state.phase === "failed" && state.problem.code === "unplugged";
    if (isLost && isBack(this.#options!, before, devices)) await this.start(this.#options!);
  }

  /** The device is gone, or the host has taken it back in the browser. */
  async #onEnded(run: Run): Promise<void> {
    const devices = await listSoundDevices();
    if (this.#run !== run) return;
    this.devices.value = devices;
    const { deviceId } = run.track.getSettings();
    const isThere = devices.some((device) => device.deviceId === deviceId);
    this.#fail(problem("sound", isThere ? "stopped-in-browser" : "unplugged"));
  }

  #fail(why: CaptureProblem): void {
    this.#end();
    this.state.value = { phase: "failed", problem: why };
  }

  #end(): void {
    const run = this.#run;
    this.#run = undefined;
    this.packetsDropped += run?.pipeline.blocksDropped ?? 0;
    run?.source?.close();
    run?.pipeline.close();
    run?.track.stop();
    this.level.value = QUIET;
    this.warning.value = null;
    this.#followMonitor();
    this.#awake.set(false);
  }
}

/** Whether what was unplugged is there again: the one that was chosen, else any that was added. */
function isBack(
  { deviceId }: SoundOptions,
  before: readonly SoundDevice[],
  devices: readonly SoundDevice[],
): boolean {
  if (deviceId === undefined) return devices.length > before.length;
  return devices.some((device) => device.deviceId === deviceId);
}
