import { html } from "htm/preact";
import { bitrateWords } from "../model/words.ts";
import { meterPlace, soundWords } from "../model/media_words.ts";
import { SOUND_BITRATES, type SoundSettings } from "../model/settings.ts";
import type { MediaDesk } from "../media/media_desk.ts";
import type { StudioProps } from "./props.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

type Props = Pick<StudioProps, "model" | "media">;
type Changed = Event & { readonly currentTarget: HTMLSelectElement };

/** The microphone: a button, how loud it is, and what listeners hear. */
export function SoundPanel({ model, media }: Props) {
  const source = model.start.value?.sources.sound;
  const isOther = source?.isBrowser === false;
  const { bitrate } = media.sound;
  const isOn = media.isSoundOn;
  return html`
    <section class="panel sound-panel" id="sound" aria-labelledby="sound-title">
      <header class="panel-head">
        <h2 id="sound-title">Sound</h2>
        <span class="panel-note">${isOn && bitrate.value > 0 && bitrateWords(bitrate.value)}</span>
      </header>
      <div class="medium">
        <button
          class="medium-button"
          type="button"
          data-testid="mic"
          data-phase=${media.sound.state.value.phase}
          aria-pressed=${isOn}
          aria-describedby="sound-words"
          disabled=${isOther}
          aria-disabled=${!isOn && !model.canAct.value}
          onClick=${() => media.toggleSound()}
        >
          <${Icon} name="microphone" />${isOn ? "Stop microphone" : "Microphone"}
        </button>
        <${SideButtons} media=${media} isDisabled=${isOther} />
      </div>
      ${!isOther && html`<${Meter} media=${media} />`}
      <${Words} model=${model} media=${media} />
      ${!isOther && html`<${Settings} media=${media} />`}
    </section>
  `;
}

interface SideProps {
  readonly media: MediaDesk;
  readonly isDisabled: boolean;
}

function SideButtons({ media: { sound }, isDisabled }: SideProps) {
  const isMuted = sound.isMuted.value;
  const isMonitored = sound.isMonitored.value;
  return html`
    <button
      class="quiet-button outlined"
      type="button"
      data-testid="mute"
      aria-pressed=${isMuted}
      disabled=${isDisabled}
      onClick=${() => sound.setMuted(!isMuted)}
    >
      <${Icon} name="muted" />Mute
    </button>
    <button
      class="quiet-button outlined"
      type="button"
      data-testid="monitor"
      aria-pressed=${isMonitored}
      title="Hear what goes out; use headphones"
      disabled=${isDisabled}
      onClick=${() => sound.setMonitored(!isMonitored)}
    >
      <${Icon} name="headphones" />Monitor
    </button>
  `;
}

const MARKS = [-48, -36, -24, -12, 0];

/** Loudness as a bar, peaks as lines, in decibels below the loudest that can be. */
function Meter({ media: { sound } }: { readonly media: MediaDesk }) {
  const { peak, hold, rms, isClipping } = sound.level.value;
  const isOn = sound.state.value.phase === "on";
  const places = { "--rms": place(rms), "--peak": place(peak), "--hold": place(hold) };
  return html`
    <div
      class="level"
      role="img"
      aria-label="How loud the microphone is"
      data-testid="sound-level"
      data-rms=${rms.toFixed(1)}
      data-clipping=${isClipping}
      data-on=${isOn}
      style=${places}
    >
      <div class="level-bar">
        <span class="level-rms"></span>
        <span class="level-peak"></span>
        <span class="level-hold"></span>
      </div>
      <span class="level-clip">Clip</span>
      <div class="level-marks">
        ${MARKS.map((mark) => html`<span style=${{ "--at": place(mark) }}>${mark}</span>`)}
      </div>
    </div>
  `;
}

function place(decibels: number): string {
  return meterPlace(decibels).toFixed(3);
}

function Words({ model, media: { sound } }: Props) {
  const source = model.start.value?.sources.sound;
  const words = source?.isBrowser === false
    ? { tone: "quiet", text: source.reason ?? "The sound has another source" }
    : soundWords({
      state: sound.state.value,
      level: sound.level.value,
      isMuted: sound.isMuted.value,
      warning: sound.warning.value,
      channel: model.stateOf("sound"),
    });
  return html`
    <p id="sound-words" class="medium-words" data-testid="sound-words" data-tone=${words.tone}
      role="status">
      ${words.text}
    </p>
  `;
}

function Settings({ media }: { readonly media: MediaDesk }) {
  const settings = media.soundSettings.value;
  const devices = media.sound.devices.value;
  // It is unplugged, or the browser does not tell its name before the first press.
  const isMissing = settings.deviceId !== undefined &&
    !devices.some(({ deviceId }) => deviceId === settings.deviceId);
  const onDevice = ({ currentTarget }: Changed) =>
    media.changeSound({ deviceId: currentTarget.value || undefined });
  return html`
    <label class="labelled">
      Input
      <select class="field" data-testid="sound-device" onChange=${onDevice}>
        <option value="" selected=${settings.deviceId === undefined}>The browser's choice</option>
        ${isMissing &&
          html`<option value=${settings.deviceId} selected>The one chosen last</option>`}
        ${devices.map(({ deviceId, name }) =>
          html`<option value=${deviceId} selected=${
            settings.deviceId === deviceId
          }>${name}</option>`
        )}
      </select>
    </label>
    <details class="more">
      <summary>Quality</summary>
      <${Quality} media=${media} settings=${settings} />
    </details>
  `;
}

interface QualityProps {
  readonly media: MediaDesk;
  readonly settings: SoundSettings;
}

function Quality({ media, settings }: QualityProps) {
  const onUse = ({ currentTarget }: Changed) =>
    media.changeSound({ use: currentTarget.value === "music" ? "music" : "voice" });
  const onChannels = ({ currentTarget }: Changed) =>
    media.changeSound({ channelCount: currentTarget.value === "2" ? 2 : 1 });
  const onBitrate = ({ currentTarget }: Changed) =>
    media.changeSound({ bitrate: Number(currentTarget.value) as SoundSettings["bitrate"] });
  return html`
    <div class="settings">
      <label class="labelled">
        Made for
        <select class="field" onChange=${onUse}>
          <option value="voice" selected=${settings.use === "voice"}>Voice</option>
          <option value="music" selected=${settings.use === "music"}>Music</option>
        </select>
      </label>
      <label class="labelled">
        Channels
        <select class="field" onChange=${onChannels}>
          <option value="1" selected=${settings.channelCount === 1}>Mono</option>
          <option value="2" selected=${settings.channelCount === 2}>Stereo</option>
        </select>
      </label>
      <label class="labelled">
        Bitrate
        <select class="field" onChange=${onBitrate}>
          ${SOUND_BITRATES.map((bitrate) =>
            html`
              <option value=${bitrate} selected=${settings.bitrate === bitrate}>
                ${bitrateWords(bitrate)}
              </option>
            `
          )}
        </select>
      </label>
      <fieldset class="checks">
        <legend>For talks; they spoil the sound of a stadium</legend>
        ${CHECKS.map(([name, title]) =>
          html`
            <label class="check">
              <input
                type="checkbox"
                checked=${settings[name]}
                onChange=${({ currentTarget }: { currentTarget: HTMLInputElement }) =>
                  media.changeSound({ [name]: currentTarget.checked })}
              />
              ${title}
            </label>
          `
        )}
      </fieldset>
    </div>
  `;
}

const CHECKS = [
  ["echoCancellation", "Cancel echo"],
  ["noiseSuppression", "Suppress noise"],
  ["autoGainControl", "Control gain"],
] as const;
