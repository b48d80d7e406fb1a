import { html } from "htm/preact";
import type { StudioListener } from "../../../../shared/studio/studio_messages.ts";
import { formatCount } from "../../../../viewer/web/model/words.ts";
import type { StudioModel } from "../model/model.ts";
import { ageWords, bitrateWords, listenerName, percentWords, worstLoss } from "../model/words.ts";

/** Loss that is heard in spite of repair. */
const HIGH_LOSS = 5;

/** Who listens and how well, and what the host has sent. */
export function ListenerPanel({ model }: { readonly model: StudioModel }) {
  const { total = 0, capacity = model.start.value?.capacity, rows = [] } = model.listeners.value ??
    {};
  return html`
    <section class="panel listener-panel" id="who" aria-labelledby="listeners-title">
      <header class="panel-head">
        <h2 id="listeners-title">Who listens</h2>
        <span class="panel-note" data-testid="listener-count">
          ${capacity === undefined ? total : `${total} of ${capacity}`}
        </span>
      </header>
      <div class="table-scroll" tabindex="0" role="group" aria-label="Table of listeners">
        <table class="listeners" data-testid="listeners">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Since</th>
              <th scope="col">Loss</th>
              <th scope="col">Round trip</th>
              <th scope="col">Delay</th>
              <th scope="col"><span class="visually-hidden">Put out</span></th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((listener) =>
              html`<${Row} key=${listener.id} listener=${listener} model=${model} />`
            )}
          </tbody>
        </table>
        ${total === 0 && html`
          <p class="empty"><strong>Nobody yet</strong> Who joins with the link appears here.</p>
        `}
      </div>
      ${total > rows.length && html`<p class="hint">The first ${rows.length} are shown.</p>`}
      <${Counts} model=${model} />
    </section>
  `;
}

interface RowProps {
  readonly listener: StudioListener;
  readonly model: StudioModel;
}

function Row({ listener, model }: RowProps) {
  const name = listenerName(listener);
  const loss = worstLoss(listener);
  return html`
    <tr data-id=${listener.id}>
      <th scope="row" title=${listener.address}>
        <bdi>${name}</bdi>
        ${listener.tokenName && listener.tokenName !== name && html`
          <bdi class="listener-token">${listener.tokenName}</bdi>
        `}
      </th>
      <td>${ageWords(listener.ageMillis)}</td>
      <td data-high=${loss !== undefined && loss >= HIGH_LOSS} title=${lossWords(listener)}>
        ${percentWords(loss)}
      </td>
      <td>${millisWords(listener.roundTripMillis)}</td>
      <td>${millisWords(listener.latencyMillis)}</td>
      <td>
        <button
          class="quiet-button"
          type="button"
          data-testid="put-out"
          aria-label=${`Put out ${name}`}
          aria-disabled=${!model.canAct.value}
          onClick=${() => model.question.value = { kind: "put-out", listener }}
        >
          Put out
        </button>
      </td>
    </tr>
  `;
}

/** `audio 0.4 %, screen 2 %` */
function lossWords({ lossPercent }: StudioListener): string {
  return Object.entries(lossPercent)
    .filter(([, percent]) => percent !== undefined)
    .map(([channel, percent]) => `${channel} ${percentWords(percent)}`)
    .join(", ");
}

function millisWords(millis: number | undefined): string {
  return millis === undefined ? "–" : `${millis.toFixed(millis < 10 ? 1 : 0)} ms`;
}

/** What the host's own counts say. */
function Counts({ model }: { readonly model: StudioModel }) {
  const counts = model.counts.value;
  const numbers: readonly (readonly [title: string, value: string])[] = [
    ["Goes out", bitrateWords((counts?.bytesPerSecond ?? 0) * 8)],
    ["Packets a second", formatCount(Math.round(counts?.packetsPerSecond ?? 0))],
    ["Packets sent", formatCount(counts?.packets ?? 0)],
    ["Sent again", formatCount(counts?.resent ?? 0)],
    ["Parity", formatCount(counts?.parity ?? 0)],
    ["Dropped", formatCount(counts?.overflow ?? 0)],
    ["Refused to join", formatCount(counts?.refused ?? 0)],
  ];
  return html`
    <dl class="counts" data-testid="counts">
      ${numbers.map(([title, value]) =>
        html`
          <div key=${title}>
            <dt>${title}</dt>
            <dd>${value}</dd>
          </div>
        `
      )}
    </dl>
  `;
}
