import { html } from "htm/preact";
import type { Sound } from "../../../shared/page/page.ts";
import type { PageModel } from "../model/model.ts";
import type { Player } from "../player/player.ts";

interface Props {
  readonly model: PageModel;
  readonly player: Player;
}

/** In the place of the codec, so that nothing moves. */
const PAUSED = "The host's sound pauses; it goes on by itself";

/** Play and pause, volume, a level meter, and the delay of the sound. */
export function SoundBar({ model, player }: Props) {
  const hasSound = model.sound.value !== null;
  const isPaused = hasSound && model.isInTouch.value && model.paused.value.includes("audio");
  return html`
    <section class="panel sound" aria-labelledby="sound-title">
      <header class="panel-head">
        <h2 id="sound-title">Sound</h2>
        <span class="panel-note">${isPaused ? PAUSED : formatWords(model.sound.value)}</span>
      </header>
      <div class="sound-controls">
        <${PlayButton} player=${player} disabled=${!model.canPlay.value} />
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
        `}
    </section>
  `;
}

function formatWords(sound: Sound | null): string {
  if (!sound) return "";
  const kilohertz = (sound.sampleRate / 1000).toFixed(1).replace(/\.0$/, "");
  const channels = ["", "mono", "stereo"][sound.channelCount] ?? `${sound.channelCount} channels`;
  return `${sound.codec === "mp3" ? "MP3" : "Opus"} · ${kilohertz} kHz · ${channels}`;
}

interface PlayButtonProps {
  readonly player: Player;
  readonly disabled: boolean;
}

function PlayButton({ player, disabled }: PlayButtonProps) {
  const status = player.status.value;
  const isOn = status === "playing" || status === "starting";
  return html`
    <button
      class="play"
      type="button"
      data-testid="play"
      data-status=${status}
      disabled=${disabled}
      aria-label=${isOn ? "Pause the sound" : "Play the sound"}
      onClick=${() => player.toggle()}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        ${isOn
          ? html`<path d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z" />`
          : html`<path d="M8 5v14l11.5-7z" />`}
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
  const percent = Math.round(player.volume.value * 100);
  return html`
    <label class="volume">
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11" />
      </svg>
      <span class="visually-hidden">Volume</span>
      <input
        type="range"
        min="0"
        max="100"
        value=${percent}
        aria-valuetext="${percent} percent"
        style=${{ "--value": `${percent}%` }}
        onInput=${({ currentTarget }: { currentTarget: HTMLInputElement }) =>
          player.setVolume(Number(currentTarget.value) / 100)}
      />
    </label>
  `;
}

function Readings({ model, player }: Props) {
  const { bufferMillis, deviceMillis } = player.report.value;
  const audio = model.ledger.value?.channels.find(({ channel }) => channel === "audio");
  const networkMillis = (audio?.jitterBufferTargetDelay ?? 0) * 1000;
  const isOn = player.status.value === "playing";
  const total = networkMillis + bufferMillis + deviceMillis;
  return html`
    <dl class="readings">
      <${Reading} name="Network buffer" value=${audio ? `${networkMillis.toFixed(0)} ms` : "–"} />
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
