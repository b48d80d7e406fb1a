import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { costWords, screenWords } from "../model/media_words.ts";
import { SCREEN_BITRATES, SCREEN_RATES, SCREEN_SIZES } from "../model/settings.ts";
import { bitrateWords } from "../model/words.ts";
import type { MediaDesk } from "../media/media_desk.ts";
import type { StudioProps } from "./props.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

type Props = Pick<StudioProps, "model" | "media">;
type Changed = Event & { readonly currentTarget: HTMLSelectElement };

/** The shared screen: a button, a preview, what it costs, and how it is sent. */
export function ScreenPanel({ model, media }: Props) {
  const source = model.start.value?.sources.screen;
  const isOther = source?.isBrowser === false;
  const isOn = media.isScreenOn;
  return html`
    <section class="panel share-panel" id="screen" aria-labelledby="screen-title">
      <header class="panel-head">
        <h2 id="screen-title">Screen</h2>
      </header>
      <div class="medium">
        <button
          class="medium-button"
          type="button"
          data-testid="share-screen"
          data-phase=${media.screen.state.value.phase}
          aria-pressed=${isOn}
          aria-describedby="screen-words"
          disabled=${isOther}
          aria-disabled=${!isOn && !model.canAct.value}
          onClick=${() => media.toggleScreen()}
        >
          <${Icon} name="screen" />${isOn ? "Stop sharing" : "Share screen"}
        </button>
        ${!isOther && html`<${Content} media=${media} />`}
      </div>
      ${!isOther && html`<${Preview} media=${media} />`}
      <${Words} model=${model} media=${media} />
      ${!isOther && html`
        <p class="cost" data-testid="screen-cost">${costWords(media.screen.cost.value)}</p>
        <${Settings} media=${media} />
      `}
    </section>
  `;
}

function Content({ media }: { readonly media: MediaDesk }) {
  const { content } = media.screenSettings.value;
  const choices = [["text", "Text", "Letters stay sharp"], [
    "motion",
    "Motion",
    "Moves smoothly",
  ]] as const;
  return html`
    <fieldset class="segments">
      <legend class="visually-hidden">What the screen shows</legend>
      ${choices.map(([value, title, why]) =>
        html`
          <label title=${why}>
            <input
              type="radio"
              name="content"
              value=${value}
              checked=${content === value}
              onChange=${() => media.changeScreen({ content: value })}
            />
            <span>${title}</span>
          </label>
        `
      )}
    </fieldset>
  `;
}

/** In the shape of a screen, before and after there is a picture: nothing jumps. */
function Preview({ media }: { readonly media: MediaDesk }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    media.screen.preview.setAttribute("aria-label", "What is shared");
    frame.current!.append(media.screen.preview);
  }, []);
  const isOn = media.screen.state.value.phase === "on";
  return html`
    <div class="preview" data-on=${isOn} ref=${frame}>
      ${!isOn && html`<p>The preview appears here</p>`}
    </div>
  `;
}

function Words({ model, media: { screen } }: Props) {
  const source = model.start.value?.sources.screen;
  const words = source?.isBrowser === false
    ? { tone: "quiet", text: source.reason ?? "The screen has another source" }
    : screenWords({
      state: screen.state.value,
      channel: model.stateOf("screen"),
    });
  return html`
    <p id="screen-words" class="medium-words" data-testid="screen-words" data-tone=${words.tone}
      role="status">
      ${words.text}
    </p>
  `;
}

function Settings({ media }: { readonly media: MediaDesk }) {
  const { width, height, rate, bitrate } = media.screenSettings.value;
  const onSize = ({ currentTarget }: Changed) => {
    const [width = 0, height = 0] = currentTarget.value.split("x").map(Number);
    media.changeScreen({ width, height });
  };
  const sizes = SCREEN_SIZES.map(([width, height]) => `${width}x${height}`);
  return html`
    <div class="settings">
      <${Choice}
        title="At most"
        values=${sizes}
        value=${`${width}x${height}`}
        words=${(size: string) => size.replace("x", " x ")}
        onChange=${onSize}
      />
      <${Choice}
        title="Pictures"
        values=${SCREEN_RATES.map(String)}
        value=${String(rate)}
        words=${(rate: string) => `${rate}/s`}
        onChange=${({ currentTarget }: Changed) =>
          media.changeScreen({ rate: Number(currentTarget.value) })}
      />
      <${Choice}
        title="Bitrate"
        values=${SCREEN_BITRATES.map(String)}
        value=${String(bitrate)}
        words=${(bitrate: string) => bitrateWords(Number(bitrate))}
        onChange=${({ currentTarget }: Changed) =>
          media.changeScreen({ bitrate: Number(currentTarget.value) })}
      />
    </div>
  `;
}

interface ChoiceProps {
  readonly title: string;
  readonly values: readonly string[];
  /** Which the command line may have chosen, so that it is not among the values. */
  readonly value: string;
  readonly words: (value: string) => string;
  readonly onChange: (event: Changed) => void;
}

function Choice({ title, values, value, words, onChange }: ChoiceProps) {
  const all = values.includes(value) ? values : [value, ...values];
  return html`
    <label class="labelled">
      ${title}
      <select class="field" onChange=${onChange}>
        ${all.map((one) =>
          html`<option value=${one} selected=${one === value}>${words(one)}</option>`
        )}
      </select>
    </label>
  `;
}
