import { html } from "htm/preact";
import type { Sound } from "../../../shared/page/page.ts";
import type { PageModel } from "../model/model.ts";
import { VOLUME_STEP } from "../player/loudness.ts";
import type { Player } from "../player/player.ts";
import { Icon } from "./common/icons.ts";

interface Props {
  readonly model: PageModel;
  readonly player: Player;
}

/** In the place of the codec, so that nothing moves. */
const PAUSED = "The host's sound pauses; it goes on by itself";
const OUT_OF_TOUCH = "Nothing comes from the host; the sound goes on by itself";

/** Play and pause, volume, a level meter, and the delay of the sound. */
export function SoundBar({ model, player }: Props) {
  const hasSound = model.sound.value !== null;
  return html`
    <section class="panel sound" aria-labelledby="sound-title">
      <header class="panel-head">
        <h2 id="sound-title">Sound</h2>
        <span class="panel-note">${noteOf(model, player)}</span>
      </header>
      <div class="sound-controls">
        <${PlayButton} model=${model} player=${player} />
        <div class="sound-middle">
          <${LevelMeter} player=${player} />
          <${Volume} player=${player} />
        </div>
      </div>
      <p class="sound-problem" role="alert">${player.problem.value}</p>
      ${model.isKnown.value && !hasSound
        ? html`<p class="sound-note">This broadcast has no sound.</p>`
        : html`
          <${Readings} model=${model} player=${player} />
          <${Keys} />
        `}
    </section>
  `;
}

/** Why nothing is heard, else the codec. */
function noteOf(model: PageModel, player: Player): string {
  const sound = model.sound.value;
  if (sound && model.isInTouch.value && model.paused.value.includes("audio")) return PAUSED;
  if (player.isOn.value && !model.isInTouch.value) return OUT_OF_TOUCH;
  return formatWords(sound);
}

function formatWords(sound: Sound | null): string {
  if (!sound) return "";
  const kilohertz = (sound.sampleRate / 1000).toFixed(1).replace(/\.0$/, "");
  const channels = ["", "mono", "stereo"][sound.channelCount] ?? `${sound.channelCount} channels`;
  return `${sound.codec === "mp3" ? "MP3" : "Opus"} · ${kilohertz} kHz · ${channels}`;
}

/** Pause is for sound that is heard; what is only awaited, or held up with the connection, can be stopped. */
function PlayButton({ model, player }: Props) {
  const isOn = player.isOn.value;
  const status = isOn && !model.isInTouch.value ? "waiting" : player.status.value;
  const [label, path] = !isOn
    ? ["Play the sound", "M8 5v14l11.5-7z"]
    : status === "playing"
    ? ["Pause the sound", "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z"]
    : ["Stop waiting for the sound", "M6.5 6.5h11v11h-11z"];
  return html`
    <button
      class="play"
      type="button"
      data-testid="play"
      data-status=${status}
      data-engine=${player.engineName.value}
      aria-keyshortcuts="Space"
      disabled=${!model.canPlay.value}
      title=${`${label} (Space)`}
      aria-label=${label}
      onClick=${() => player.toggle()}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d=${path} />
      </svg>
    </button>
  `;
}

/** The lowest level that the meter shows, in decibels below full scale. */
const FLOOR_DECIBELS = -54;

function LevelMeter({ player }: { readonly player: Player }) {
  const { level } = player.report.value;
  const decibels = level > 0 ? 20 * Math.log10(level) : -Infinity;
  const shown = Math.max(0, Math.min(1, 1 - decibels / FLOOR_DECIBELS));
  return html`
    <div class="meter" data-testid="level" data-rms=${level.toFixed(5)} aria-hidden="true">
      <span class="meter-fill" style=${{ "--level": shown.toFixed(3) }}></span>
    </div>
  `;
}

function Volume({ player }: { readonly player: Player }) {
  const { loudness } = player;
  const isMuted = loudness.isMuted.value;
  const percent = Math.round(loudness.volume.value * 100);
  return html`
    <div class="volume">
      <button
        class="icon-button mute"
        type="button"
        data-testid="mute"
        aria-pressed=${isMuted}
        aria-keyshortcuts="M"
        title=${isMuted ? "Unmute (M)" : "Mute (M)"}
        aria-label="Mute"
        onClick=${() => loudness.toggleMute()}
      >
        <${Icon} name=${isMuted || percent === 0 ? "silent" : "loud"} />
      </button>
      <input
        type="range"
        data-testid="volume"
        min="0"
        max="100"
        step=${VOLUME_STEP * 100}
        value=${percent}
        title="Volume (Shift and the up and down arrows)"
        aria-label="Volume"
        aria-keyshortcuts="Shift+ArrowUp Shift+ArrowDown"
        aria-valuetext=${isMuted ? `muted, ${percent} percent` : `${percent} percent`}
        style=${{ "--value": `${isMuted ? 0 : percent}%` }}
        onInput=${({ currentTarget }: { currentTarget: HTMLInputElement }) =>
          loudness.setVolume(Number(currentTarget.value) / 100)}
      />
    </div>
  `;
}

/** For those who have a keyboard. */
function Keys() {
  return html`
    <p class="sound-keys" aria-hidden="true">
      <span><kbd>Space</kbd> play</span>
      <span><kbd>M</kbd> mute</span>
      <span><kbd>Shift</kbd> <kbd>↑</kbd> <kbd>↓</kbd> volume</span>
    </p>
  `;
}

function Readings({ model, player }: Props) {
  const { bufferMillis, deviceMillis } = player.report.value;
  const audio = model.ledger.value?.channels.find(({ channel }) => channel === "audio");
  const networkMillis = (audio?.jitterBufferTargetDelay ?? 0) * 1000;
  // Without touch with the host there is no delay, for there is no sound.
  const isOn = player.status.value === "playing" && model.isInTouch.value;
  const total = networkMillis + bufferMillis + deviceMillis;
  return html`
    <dl class="readings">
      <${Reading} name="Network buffer" value=${audio && model.isInTouch.value
        ? `${networkMillis.toFixed(0)} ms`
        : "–"} />
      <${Reading} name="Page buffer" value=${isOn ? `${bufferMillis.toFixed(0)} ms` : "–"} />
      <${Reading} name="Total delay" value=${isOn ? `${(total / 1000).toFixed(2)} s` : "–"} />
    </dl>
  `;
}

function Reading({ name, value }: { readonly name: string; readonly value: string }) {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>
  `;
}
