import { html } from "htm/preact";
import type { ChannelName } from "../../../../shared/media/channel.ts";
import type { NetworkModel } from "../model/network_model.ts";
import { CHANNEL_WORDS, channelHint } from "../model/words.ts";

/** Which channel's packets are looked at. */
export function ChannelChoice({ model }: { readonly model: NetworkModel }) {
  const names = Object.keys(CHANNEL_WORDS) as ChannelName[];
  return html`
    <${Choice}
      name="channel"
      legend="Packets of"
      options=${names.map((name) => [name, CHANNEL_WORDS[name]])}
      chosen=${model.channel.value}
      isOver=${model.link.value === "over"}
      onChoose=${(name: ChannelName) => model.lookAt(name)}
    />
  `;
}

export function ChannelHint({ model }: { readonly model: NetworkModel }) {
  const hint = channelHint(model.channel.value);
  return hint && html`<p class="channel-hint" data-testid="channel-hint">${hint}</p>`;
}

interface ChoiceProps<Value> {
  readonly name: string;
  readonly legend: string;
  readonly options: readonly (readonly [Value, string])[];
  readonly chosen: Value;
  /** Whether nothing can be chosen any more. */
  readonly isOver?: boolean;
  readonly onChoose: (value: Value) => void;
}

/** One of a few, side by side. */
export function Choice<Value extends string | number>(
  { name, legend, options, chosen, isOver = false, onChoose }: ChoiceProps<Value>,
) {
  return html`
    <fieldset class="choice" disabled=${isOver}>
      <legend>${legend}</legend>
      <div class="choice-options">
        ${options.map(([value, words]) =>
          html`
            <label>
              <input
                type="radio"
                name=${name}
                value=${value}
                data-testid="${name}-${value}"
                checked=${value === chosen}
                onChange=${() => onChoose(value)}
              />
              <span>${words}</span>
            </label>
          `
        )}
      </div>
    </fieldset>
  `;
}
