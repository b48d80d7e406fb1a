import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { LiveDataPlayer } from "../data/live_data.ts";
import { ValueChart } from "../data/value_chart.ts";
import { isLine, limitWords } from "../data/value_format.ts";

/** The chosen value over the last minutes, with its limits. */
export function ValueChartPanel({ live }: { readonly live: LiveDataPlayer }) {
  const name = live.chosen;
  if (name === null) return null;
  const setup = live.setupOf(name);
  const isArray = isLine(live.known(name)?.value);
  return html`
    <figure class="value-chart">
      <figcaption class="chart-legend">
        <span class="chart-swatch" aria-hidden="true"></span>
        <span class="chart-title">${setup.title ?? name}</span>
      </figcaption>
      <${Chart} key="${isArray} ${name} ${JSON.stringify(setup)}" live=${live} name=${name}
        label="${setup.title ?? name}, ${isArray ? "its elements" : "the last five minutes"}" />
      <p class="value-limits">${limitWords(setup)}</p>
    </figure>
  `;
}

interface ChartProps {
  readonly live: LiveDataPlayer;
  readonly name: string;
  readonly label: string;
}

function Chart({ live, name, label }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const reading = useRef<HTMLElement>(null);
  useEffect(() => {
    const chart = new ValueChart({
      place: place.current!,
      reading: reading.current!,
      player: live,
      name,
      now: () => performance.now(),
    });
    return () => chart.remove();
  }, [live, name]);
  return html`
    <div class="value-chart-body">
      <span class="chart-value" ref=${reading}></span>
      <div class="value-plot" role="img" aria-label=${label} ref=${place}></div>
    </div>
  `;
}
