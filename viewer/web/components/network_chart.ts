import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { ChannelName } from "../../../shared/media/channel.ts";
import { chartedChannel, type NetworkSample } from "../../../shared/page/page.ts";
import { createChart, type Measure } from "../model/chart.ts";
import type { PageModel } from "../model/model.ts";

const MEASURES: readonly Measure[] = [
  { field: "jitterMillis", title: "Jitter", unit: "ms", smallestMax: 4, color: "--chart-jitter" },
  { field: "lossPercent", title: "Loss", unit: "%", smallestMax: 5, color: "--chart-loss" },
  { field: "bufferMillis", title: "Buffer", unit: "ms", smallestMax: 100, color: "--chart-buffer" },
];

/** Jitter, loss and buffer of the last minutes: three charts with one time axis. */
export function NetworkChart({ model }: { readonly model: PageModel }) {
  const latest = model.history.value.at(-1);
  return html`
    <figure class="charts" data-testid="jitter-chart">
      <figcaption>The last five minutes of the ${chartedWords(model)}</figcaption>
      ${MEASURES.map((measure, index) =>
        html`
          <${Chart}
            model=${model}
            measure=${measure}
            latest=${latest}
            hasTimeAxis=${index === MEASURES.length - 1}
          />
        `
      )}
    </figure>
  `;
}

interface ChartProps {
  readonly model: PageModel;
  readonly measure: Measure;
  readonly latest: NetworkSample | undefined;
  readonly hasTimeAxis: boolean;
}

function Chart({ model, measure, latest, hasTimeAxis }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const reading = useRef<HTMLElement>(null);
  useEffect(() =>
    createChart({
      place: place.current!,
      reading: reading.current!,
      measure,
      hasTimeAxis,
      history: model.history,
      isOver: () => model.end.value !== undefined,
    }), []);
  const value = latest ? `${latest[measure.field].toFixed(1)} ${measure.unit}` : "not known yet";
  return html`
    <div class="chart" style=${{ "--series": `var(${measure.color})` }}>
      <p class="chart-legend">
        <span class="chart-swatch" aria-hidden="true"></span>
        <span class="chart-title">${measure.title}</span>
        <output class="chart-value" ref=${reading}></output>
      </p>
      <div
        class="chart-plot ${hasTimeAxis ? "chart-plot-last" : ""}"
        role="img"
        aria-label="${measure.title}: ${value}"
        ref=${place}
      ></div>
      ${!latest && html`<p class="chart-empty">The chart begins after one second</p>`}
    </div>
  `;
}

function chartedWords(model: PageModel): string {
  const charted = chartedChannel(model.ledger.value?.channels ?? []);
  return charted ? WORDS[charted.channel] : "network";
}

const WORDS: Readonly<Record<ChannelName, string>> = {
  audio: "sound",
  events: "events",
  screen: "screen",
  data: "data",
};
