import { html } from "htm/preact";
import type { LiveDataPlayer } from "../data/live_data.ts";
import { type DataWords, dataWords, paceWords, timeOfDay } from "../model/data_words.ts";
import type { PageModel } from "../model/model.ts";
import { formatCount } from "../model/words.ts";
import { PicturePanel } from "./picture_panel.ts";
import { ValueChartPanel } from "./value_chart_panel.ts";
import { ValueList } from "./value_list.ts";

interface Props {
  readonly model: PageModel;
  readonly live: LiveDataPlayer;
}

/** Live data: the values, a chart of the chosen one, and the picture. */
export function DataPanel({ model, live }: Props) {
  const words = wordsOf(model, live);
  const hasMessage = live.hasMessage.value;
  const hasPicture = live.picture.isThere.value;
  return html`
    <section class="panel data-panel" aria-labelledby="data-title" data-tone=${words.tone}>
      <header class="panel-head">
        <h2 id="data-title">Data</h2>
        ${hasMessage && html`<${Counts} live=${live} />`}
      </header>
      ${hasMessage
        ? html`
          <p class="data-words" data-tone=${words.tone}>
            <strong>${words.title}</strong>${" "}<span>${words.text}</span>
            ${live.skipped.value > 0 &&
              html`<span class="data-skipped">${skippedWords(live)}</span>`}
          </p>
          <div class="data-columns" data-picture=${hasPicture}>
            <${ValueList} live=${live} />
            <div class="data-side">
              <${ValueChartPanel} live=${live} />
              ${hasPicture && html`<${PicturePanel} picture=${live.picture} />`}
            </div>
          </div>
        `
        : html`<${Empty} words=${words} />`}
    </section>
  `;
}

/** Number, pace and time of the newest message. */
function Counts({ live }: { readonly live: LiveDataPlayer }) {
  const { count, time, interval } = live.summary.value!;
  return html`
    <p class="data-counts">
      <span>Message ${formatCount(count)}</span>
      <span>${interval === undefined ? "" : paceWords(interval)}</span>
      <time>${timeOfDay(time, Date.now())}</time>
    </p>
  `;
}

function Empty({ words }: { readonly words: DataWords }) {
  return html`<p class="empty"><strong>${words.title}</strong> ${words.text}</p>`;
}

function wordsOf(model: PageModel, live: LiveDataPlayer): DataWords {
  return dataWords({
    data: model.data.value ?? { isSent: true },
    end: model.end.value?.title,
    isInTouch: model.isInTouch.value,
    hasMessage: live.hasMessage.value,
    staleSeconds: live.staleSeconds.value,
    interval: () => live.summary.value?.interval,
  });
}

function skippedWords({ skipped }: LiveDataPlayer): string {
  const { value } = skipped;
  return `This page skipped ${formatCount(value)} ${
    value === 1 ? "message" : "messages"
  }: it is too slow for all.`;
}
