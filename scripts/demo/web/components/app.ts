/**
 * scripts/demo/web/components: what the demo's page of the network shows.
 *
 * Components read the signals of ../model/network_model.ts and write HTML; what is moved goes to the settings' sender,
 * what is pressed to the model. This file is the whole page: the sliders (network_controls.ts), the legend, a lane for
 * each listener (lane_panel.ts), which ../picture draws, and the same in words (lost_table.ts). The next file to read
 * is lane_panel.ts.
 */
import { html } from "htm/preact";
import { Brand } from "../../../../viewer/web/components/brand.ts";
import type { NetworkLink, NetworkModel } from "../model/network_model.ts";
import type { SettingsSender } from "../model/settings_sender.ts";
import { ChannelChoice, ChannelHint } from "./channel_choice.ts";
import { LanePanel } from "./lane_panel.ts";
import { Legend } from "./legend.ts";
import { LostTable } from "./lost_table.ts";
import { NetworkControls } from "./network_controls.ts";

interface Props {
  readonly model: NetworkModel;
  readonly sender: SettingsSender;
}

/** The whole page. */
export function App({ model, sender }: Props) {
  return html`
    <a class="skip-link" href="#packets">Skip to the packets</a>
    <header class="top">
      <${Brand} name="Streamer demo" />
      <a class="quiet-button way-back" href="/">The match</a>
      <${LinkPill} model=${model} />
    </header>
    <main>
      <div class="intro">
        <h1>What happens to each packet</h1>
        <p>
          A broadcast travels in small packets over UDP, which promises nothing: a packet may be lost, be late, come
          twice, or be overtaken. Move the network, and watch what each listener makes of it.
        </p>
        <${Verdict} model=${model} />
      </div>
      <${NetworkControls} model=${model} sender=${sender} />
      <section id="packets" class="packets" aria-labelledby="packets-title" tabindex="-1">
        <h2 id="packets-title" class="visually-hidden">Packets</h2>
        <div class="packets-bar">
          <${ChannelChoice} model=${model} />
          <${FreezeButton} model=${model} />
        </div>
        <${ChannelHint} model=${model} />
        <${Legend} />
        ${model.lanes.value.map((lane) =>
          html`<${LanePanel} key=${lane.number} model=${model} lane=${lane} />`
        )}
      </section>
      <${LostTable} model=${model} />
    </main>
  `;
}

const LINK_WORDS: Readonly<Record<NetworkLink, readonly [tone: string, title: string]>> = {
  connecting: ["busy", "Connecting"],
  live: ["good", "Live"],
  lost: ["bad", "Reconnecting"],
  refused: ["bad", "Reload this page"],
  over: ["over", "The demo is over"],
};

function LinkPill({ model }: { readonly model: NetworkModel }) {
  const [tone, title] = LINK_WORDS[model.link.value];
  return html`
    <p class="pill" data-testid="link" data-state=${model.link.value} data-tone=${tone}>
      <span class="pill-dot" aria-hidden="true"></span>
      <strong>${title}</strong>
    </p>
  `;
}

/** The demo's last line. */
function Verdict({ model }: { readonly model: NetworkModel }) {
  return html`
    <div role="status">
      ${model.verdict.value && html`
        <p class="verdict" data-testid="verdict">${model.verdict.value}</p>
      `}
    </div>
  `;
}

function FreezeButton({ model }: { readonly model: NetworkModel }) {
  const isFrozen = model.isFrozen.value;
  return html`
    <button
      class="quiet-button outlined"
      type="button"
      data-testid="freeze"
      aria-pressed=${isFrozen}
      onClick=${() => model.freeze(!isFrozen)}
    >
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M9 6v12M15 6v12" /></svg>
      Freeze the picture
    </button>
  `;
}
