import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import {
  MOST,
  PATH_SETTINGS,
  type PathSetting,
  type PathSettings,
} from "../../../../shared/page/page_network.ts";
import type { NetworkModel } from "../model/network_model.ts";
import type { SettingsSender } from "../model/settings_sender.ts";
import { Choice } from "./channel_choice.ts";

interface Props {
  readonly model: NetworkModel;
  readonly sender: SettingsSender;
}

interface SliderWords {
  readonly title: string;
  readonly hint: string;
  readonly unit: string;
  /** How many of the unit are one of the setting. */
  readonly scale: number;
  readonly step: number;
}

const SLIDERS: Readonly<Record<PathSetting, SliderWords>> = {
  loss: { title: "Loss", hint: "packets dropped", unit: "%", scale: 100, step: 1 },
  delayMillis: { title: "Delay", hint: "time on the way", unit: "ms", scale: 1, step: 5 },
  duplicate: { title: "Doubling", hint: "packets sent twice", unit: "%", scale: 100, step: 0.5 },
  reorder: { title: "Reordering", hint: "packets held back", unit: "%", scale: 100, step: 0.5 },
};

const PERFECT: PathSettings = { loss: 0, delayMillis: 0, duplicate: 0, reorder: 0 };

/** What the network does, for one path or for all. */
export function NetworkControls({ model, sender }: Props) {
  const paths = model.lanes.value.map(({ number }) => [number, `Listener ${number}`] as const);
  return html`
    <section class="panel controls" aria-labelledby="network-title">
      <div class="controls-head">
        <h2 id="network-title">The network</h2>
        <${Choice}
          name="path"
          legend="On the way to"
          options=${[["all", "All"], ...paths]}
          chosen=${model.target.value}
          onChoose=${(target: number | "all") => model.target.value = target}
        />
      </div>
      <div class="sliders">
        ${PATH_SETTINGS.map((name) =>
          html`<${Slider} key=${name} name=${name} model=${model} sender=${sender} />`
        )}
      </div>
      <div class="controls-foot">
        <button class="quiet-button outlined" type="button" data-testid="perfect"
          onClick=${() => sender.change(PERFECT)}>A perfect network</button>
        <button class="quiet-button outlined" type="button" data-testid="start"
          onClick=${() => model.start && sender.change(model.start)}>As at the start</button>
        <p class="problem-words" role="alert">${model.problem.value}</p>
      </div>
    </section>
  `;
}

type Typed = InputEvent & { readonly currentTarget: HTMLInputElement };

/** A slider and the same as a number. */
function Slider({ name, model, sender }: Props & { readonly name: PathSetting }) {
  const { title, hint, unit, scale, step } = SLIDERS[name];
  const value = +((model.shown.value?.[name] ?? 0) * scale).toFixed(1);
  const most = MOST[name] * scale;
  const isMixed = model.isMixed(name);
  /** Not yet a value: what is being typed must not be written over by what comes from the demo. */
  const typed = useSignal<string | undefined>(undefined);
  const set = ({ currentTarget }: Typed) => {
    const number = currentTarget.valueAsNumber;
    if (Number.isFinite(number)) sender.change({ [name]: number / scale });
  };
  const take = (event: Typed) => {
    typed.value = undefined;
    set(event);
  };
  return html`
    <div class="slider">
      <label for="${name}-slider">${title}</label>
      <span class="slider-number">
        <input
          type="number"
          aria-label="${title} in ${unit === "%" ? "percent" : "milliseconds"}"
          data-testid="${name}-number"
          min="0"
          max=${most}
          step="any"
          value=${typed.value ?? value}
          onInput=${({ currentTarget }: Typed) => typed.value = currentTarget.value}
          onChange=${take}
          onBlur=${() => typed.value = undefined}
        />
        <span aria-hidden="true">${unit}</span>
      </span>
      <input
        type="range"
        id="${name}-slider"
        data-testid="${name}-slider"
        aria-valuetext="${value} ${unit}${isMixed ? ", the paths differ" : ""}"
        aria-describedby="${name}-hint"
        min="0"
        max=${most}
        step=${step}
        value=${value}
        onInput=${set}
      />
      <span class="slider-hint" id="${name}-hint">${isMixed ? "the paths differ" : hint}</span>
    </div>
  `;
}
