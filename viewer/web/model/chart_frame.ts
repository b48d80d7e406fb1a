import type uPlot from "uplot";

/** What all charts of the page have in common. */
export const TIME_AXIS_HEIGHT = 24;
const FONT = "11px system-ui, 'Noto Sans', sans-serif";
const MINUTE = 60;
/** What changes all colours of the page. */
const SCHEMES = ["(prefers-color-scheme: dark)", "(forced-colors: active)"];

/** A chart that is drawn anew when colours change. */
export interface KeptChart {
  readonly chart: uPlot;
  remove(): void;
}

/** Keeps a chart as wide as its place, and in the colours of the page. */
export function keepChart(place: HTMLElement, height: number, draw: () => uPlot): KeptChart {
  let chart = draw();
  const redraw = () => {
    chart.destroy();
    chart = draw();
  };
  const schemes = SCHEMES.map((query) => matchMedia(query));
  for (const scheme of schemes) scheme.addEventListener("change", redraw);
  const resizing = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height }));
  resizing.observe(place);
  return {
    get chart() {
      return chart;
    },
    remove() {
      resizing.disconnect();
      for (const scheme of schemes) scheme.removeEventListener("change", redraw);
      chart.destroy();
    },
  };
}

/** Colours, axes and grid as the style sheet has them. */
export function chartStyle(place: HTMLElement) {
  const style = getComputedStyle(place);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    color,
    axis: { stroke: color("--muted"), font: FONT, ticks: { show: false } },
    grid: { stroke: color("--line"), width: 1 },
  };
}

/** The narrowest place for the words of a minute, in pixels of CSS. */
const MINUTE_WIDTH = 40;

/** Which minutes of the last five have words, in seconds: each second one where they would touch. */
export function minuteSplits(plotWidth: number): number[] {
  return plotWidth >= 5 * MINUTE_WIDTH ? [-240, -180, -120, -60, 0] : [-240, -120, 0];
}

/** Where the axis of a chart's time has words. */
export function timeSplits({ bbox }: uPlot): number[] {
  return minuteSplits(bbox.width / devicePixelRatio);
}

/** `2:05 ago`, or `2:05 before the end`. */
export function ago(seconds: number, isOver = false): string {
  const whole = Math.round(-seconds);
  const time = `${Math.floor(whole / MINUTE)}:${String(whole % MINUTE).padStart(2, "0")}`;
  return `${time} ${isOver ? "before the end" : "ago"}`;
}

/** @param isOver whether nothing more comes, so that the newest is not of now. */
export function timeWords(seconds: number, isOver = false): string {
  if (seconds === 0) return isOver ? "end" : "now";
  return `${-seconds / MINUTE} min`;
}
