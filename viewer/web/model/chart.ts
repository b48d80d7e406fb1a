import { effect, type ReadonlySignal } from "@preact/signals";
import uPlot from "uplot";
import { MAX_NETWORK_SAMPLES, type NetworkSample } from "../../../shared/page/page.ts";
import {
  ago,
  chartStyle,
  keepChart,
  TIME_AXIS_HEIGHT,
  timeSplits,
  timeWords,
} from "./chart_frame.ts";

/** One value over time, drawn as a line. */
export interface Measure {
  readonly field: "jitterMillis" | "lossPercent" | "bufferMillis";
  readonly title: string;
  readonly unit: string;
  /** The axis reaches at least to this value, so that small changes look small. */
  readonly smallestMax: number;
  /** The CSS custom property with its colour. */
  readonly color: string;
}

export interface ChartOptions {
  readonly place: HTMLElement;
  /** The element for the value under the pointer, or else the latest value. */
  readonly reading: HTMLElement;
  readonly measure: Measure;
  readonly hasTimeAxis: boolean;
  readonly history: ReadonlySignal<readonly NetworkSample[]>;
  /** Whether nothing more comes; read as a signal. */
  readonly isOver: () => boolean;
}

const PLOT_HEIGHT = 64;
const VALUE_AXIS_WIDTH = 44;
const SECONDS = MAX_NETWORK_SAMPLES;

/**
 * Draws a measure, and redraws it when the signal, the width or the colour scheme changes.
 *
 * @returns a function that removes the chart.
 */
export function createChart(options: ChartOptions): () => void {
  const { place, history } = options;
  const kept = keepChart(place, heightOf(options), () => draw(options));
  const stopFollowing = effect(() => {
    kept.chart.setData(toData(history.value, options.measure));
    showReading(kept.chart, options);
  });
  const stopNoticingEnd = effect(() => {
    options.isOver();
    // New data alone leaves the words of an axis as they are.
    kept.chart.redraw(false, true);
  });
  return () => {
    stopFollowing();
    stopNoticingEnd();
    kept.remove();
  };
}

function draw(options: ChartOptions): uPlot {
  const { place, measure, hasTimeAxis, history, isOver } = options;
  const { color, axis, grid } = chartStyle(place);
  const line = color(measure.color);
  return new uPlot(
    {
      width: place.clientWidth,
      height: heightOf(options),
      padding: [8, 18, hasTimeAxis ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: "network" },
        points: { size: 7 },
      },
      scales: {
        // In seconds before the newest sample, so that the line moves and the axis does not.
        x: { time: false, range: [-SECONDS, 0] },
        y: { range: (_chart, _low, high) => [0, niceMax(high, measure.smallestMax)] },
      },
      axes: [
        {
          ...axis,
          show: hasTimeAxis,
          size: TIME_AXIS_HEIGHT,
          grid: { show: false },
          splits: timeSplits,
          values: (_chart, splits) => splits.map((seconds) => timeWords(seconds, isOver())),
        },
        {
          ...axis,
          size: VALUE_AXIS_WIDTH,
          grid,
          splits: (_chart, _index, low, high) => [low, high / 2, high],
          values: (_chart, splits) => splits.map(String),
        },
      ],
      series: [
        {},
        { stroke: line, width: 1.75, fill: transparent(line), points: { show: false } },
      ],
      hooks: { setCursor: [(chart) => showReading(chart, options)] },
    },
    toData(history.peek(), measure),
    place,
  );
}

function heightOf({ hasTimeAxis }: ChartOptions): number {
  return PLOT_HEIGHT + (hasTimeAxis ? TIME_AXIS_HEIGHT - 6 : 0);
}

function toData(history: readonly NetworkSample[], { field }: Measure): uPlot.AlignedData {
  const newest = history.at(-1)?.at ?? 0;
  return [
    history.map(({ at }) => (at - newest) / 1000),
    history.map((sample) => sample[field]),
  ];
}

/** The value under the pointer with its time, or else the latest value. */
function showReading(chart: uPlot, { reading, measure, isOver }: ChartOptions): void {
  const values = chart.data[1] ?? [];
  const index = chart.cursor.idx ?? values.length - 1;
  const value = values[index];
  const when = chart.cursor.idx == null ? "" : `${ago(chart.data[0][index] ?? 0, isOver())} · `;
  reading.textContent = value == null ? "–" : `${when}${value.toFixed(1)} ${measure.unit}`;
}

/** The next number whose half is round: 4, 6, 8, 10, 20, 30, 40, … */
function niceMax(high: number | null, smallest: number): number {
  if (high === null || high <= smallest) return smallest;
  const magnitude = 10 ** Math.floor(Math.log10(high));
  const step = [1, 2, 3, 4, 6, 8, 10].find((factor) => high <= factor * magnitude) ?? 10;
  return step * magnitude;
}

/** The colour so pale that the grid stays visible; colours of the system have names. */
function transparent(color: string): string {
  return `color-mix(in srgb, ${color} 12.5%, transparent)`;
}
