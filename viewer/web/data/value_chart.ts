import uPlot from "uplot";
import type { Millis } from "../../../shared/core/units.ts";
import type { Limits, ValueSetup } from "../../../shared/data/data_setup.ts";
import {
  ago,
  chartStyle,
  keepChart,
  type KeptChart,
  TIME_AXIS_HEIGHT,
  timeSplits,
  timeWords,
} from "../model/chart_frame.ts";
import type { DataView, LiveDataPlayer } from "./live_data.ts";
import { axisNumbers, formatNumber, isLine, NO_FACTS } from "./value_format.ts";

const HEIGHT = 200;
const VALUE_AXIS_WIDTH = 64;
const SECONDS = 300;
const DRAW_MILLIS: Millis = 500;
/** A limit that is further away than this many times the range of the numbers is not drawn. */
const FAR = 3;

export interface ValueChartOptions {
  readonly place: HTMLElement;
  /** The element for the number under the pointer, or else the newest one. */
  readonly reading: HTMLElement;
  readonly player: LiveDataPlayer;
  readonly name: string;
  readonly now: () => Millis;
}

/** Draws the last minutes of one value with its limits, or the elements of an array as they are now. */
export class ValueChart implements DataView {
  readonly #options: ValueChartOptions;
  readonly #setup: ValueSetup;
  readonly #isArray: boolean;
  readonly #kept: KeptChart;
  readonly #detach: () => void;
  #drawnAt: Millis = -Infinity;
  /** Whether the words of the time are those of the end. */
  #showsEnd = false;

  constructor(options: ValueChartOptions) {
    const { player, name, place } = options;
    this.#options = options;
    this.#setup = player.setupOf(name);
    this.#isArray = isLine(player.known(name)?.value);
    this.#kept = keepChart(place, HEIGHT, () => this.#draw());
    this.#detach = player.attach(this);
  }

  onMessage(): void {}

  onBeat(): void {
    const now = this.#options.now();
    if (now - this.#drawnAt < DRAW_MILLIS) return;
    this.#drawnAt = now;
    this.#kept.chart.setData(this.#data());
    this.#noticeEnd();
    this.#read(this.#kept.chart);
  }

  remove(): void {
    this.#detach();
    this.#kept.remove();
  }

  /** New data alone leaves an axis as it is, as long as its range does not change. */
  #noticeEnd(): void {
    const isOver = this.#options.player.isOver.peek();
    if (isOver === this.#showsEnd) return;
    this.#showsEnd = isOver;
    this.#kept.chart.redraw(false, true);
  }

  #data(): uPlot.AlignedData {
    const { player, name } = this.#options;
    const value = player.known(name)?.value;
    if (this.#isArray) {
      const numbers = isLine(value) ? [...value] : [];
      return [numbers.map((_, at) => at), numbers, numbers, numbers];
    }
    const { seconds, low, high, last } = player.points(name);
    return [[...seconds], [...low], [...high], [...last]];
  }

  #draw(): uPlot {
    const { place, player } = this.#options;
    const { color, axis, grid } = chartStyle(place);
    const line = color("--value-line");
    const band = { stroke: "transparent", width: 0, points: { show: false } };
    return new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        padding: [10, 18, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: {
          x: this.#isArray ? { time: false } : { time: false, range: [-SECONDS, 0] },
          y: { range: (_chart, low, high) => this.#range(low, high) },
        },
        axes: [
          {
            ...axis,
            size: TIME_AXIS_HEIGHT,
            grid: { show: false },
            ...(!this.#isArray && {
              splits: timeSplits,
              values: (_chart: uPlot, splits: number[]) =>
                splits.map((seconds) => timeWords(seconds, player.isOver.peek())),
            }),
          },
          {
            ...axis,
            size: VALUE_AXIS_WIDTH,
            grid,
            space: 36,
            values: (_chart: uPlot, splits: number[]) => axisNumbers(splits),
          },
        ],
        series: [
          {},
          band,
          band,
          { stroke: line, width: 1.75, points: { show: false } },
        ],
        bands: this.#isArray ? [] : [{ series: [2, 1], fill: color("--value-band") }],
        hooks: {
          setCursor: [(chart) => this.#read(chart)],
          drawAxes: [(chart) => this.#drawLimits(chart, color)],
        },
      },
      this.#data(),
      place,
    );
  }

  /** Limits that are near are inside, so that it shows how near. */
  #range(low: number | null, high: number | null): [number, number] {
    if (low === null || high === null) return [0, 1];
    const { warn, alarm } = this.#setup;
    const span = high - low || Math.abs(high) * 0.01 || 1;
    const near = [...warn ?? [], ...alarm ?? []].filter((limit) =>
      limit > low - FAR * span && limit < high + FAR * span
    );
    const [least, most] = [Math.min(low, ...near), Math.max(high, ...near)];
    const margin = (most - least || span) * 0.14;
    return [least - margin, most + margin];
  }

  /** Each limit is a line with its name, so that its colour says nothing alone. */
  #drawLimits(chart: uPlot, color: (name: string) => string): void {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `${11 * ratio}px system-ui, 'Noto Sans', sans-serif`;
    const draw = (
      [name, x]: readonly [name: string, x: number],
      limits: Limits | undefined,
      tone: string,
      dash: number[],
    ) => {
      for (const [index, limit] of (limits ?? []).entries()) {
        const y = Math.round(chart.valToPos(limit, "y", true));
        ctx.strokeStyle = ctx.fillStyle = tone;
        ctx.lineWidth = ratio;
        ctx.setLineDash(dash.map((length) => length * ratio));
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        // Above the highest line and below the lowest, where the numbers are not.
        ctx.textAlign = "left";
        ctx.textBaseline = index === 0 ? "top" : "bottom";
        ctx.fillText(name, bbox.left + x * ratio, y + (index === 0 ? 2 : -2) * ratio);
      }
    };
    // Side by side, since a warning and an alarm may have the same limit.
    draw(["Warning", 4], this.#setup.warn, color("--busy"), [4, 4]);
    draw(["Alarm", 60], this.#setup.alarm, color("--bad"), [8, 3]);
    ctx.restore();
  }

  /** The number under the pointer with its time or place, or else the newest one. */
  #read(chart: uPlot): void {
    const { player, name, reading } = this.#options;
    const numbers = chart.data[3] ?? [];
    const { idx } = chart.cursor;
    const number = idx == null && this.#isArray ? undefined : numbers[idx ?? numbers.length - 1];
    const { precision, unit } = this.#setup;
    if (number == null) {
      return void (reading.textContent = this.#isArray ? `${numbers.length} values` : "–");
    }
    const x = chart.data[0][idx ?? 0] ?? 0;
    const where = idx == null
      ? ""
      : this.#isArray
      ? `[${x}] · `
      : `${ago(x, player.isOver.peek())} · `;
    const facts = player.known(name)?.facts ?? NO_FACTS;
    const text = formatNumber(
      number,
      precision,
      this.#isArray ? { largest: Math.abs(number), areWhole: Number.isInteger(number) } : facts,
    );
    reading.textContent = `${where}${text}${unit ? ` ${unit}` : ""}`;
  }
}
