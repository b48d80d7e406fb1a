import type { Millis } from "../../../shared/core/units.ts";
import type { DataView, Known, LiveDataPlayer } from "./live_data.ts";
import { colorsOf, drawArray, drawHistory, drawNothing, type LineColors } from "./sparkline.ts";
import { formatValue, isLine, levelWords } from "./value_format.ts";

/** A line has a new point each half second. */
const LINES_MILLIS: Millis = 500;
/** Words that nobody sees are written so often, since each change costs a layout. */
const UNSEEN_MILLIS: Millis = 1000;

/** The parts of a row that change with its value. */
interface Row {
  readonly item: HTMLElement;
  readonly text: HTMLElement;
  readonly level: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  isVisible: boolean;
  /** What its raw value was written from. */
  marked?: Known;
}

/**
 * Writes the values into their rows, which a component has made. A thousand rows change sixty times a second, so
 * this is done by hand: the raw value with each message, words when they differ, lines where they can be seen.
 */
export class ValueRows implements DataView {
  readonly #player: LiveDataPlayer;
  readonly #now: () => Millis;
  readonly #rows = new Map<string, Row>();
  readonly #watching: IntersectionObserver;
  #list: HTMLElement | null = null;
  #linesAt: Millis = -Infinity;
  #unseenAt: Millis = -Infinity;
  #colors: LineColors | undefined;

  constructor(player: LiveDataPlayer, now: () => Millis) {
    this.#player = player;
    this.#now = now;
    // Rows that come into sight have their lines already.
    const nearby = { rootMargin: "1000px" };
    this.#watching = new IntersectionObserver((entries) => this.#notice(entries), nearby);
  }

  /** @returns a function that ends it. */
  start(): () => void {
    const detach = this.#player.attach(this);
    const schemes = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map(matchMedia);
    const redraw = () => {
      this.#colors = undefined;
      this.#linesAt = -Infinity;
    };
    for (const scheme of schemes) scheme.addEventListener("change", redraw);
    return () => {
      detach();
      this.#watching.disconnect();
      for (const scheme of schemes) scheme.removeEventListener("change", redraw);
    };
  }

  /** The list of all rows is there, or gone. */
  placeAll(list: HTMLElement | null): void {
    this.#list = list;
  }

  /** The row of a value is there, or gone. */
  place(name: string, item: HTMLElement | null): void {
    const before = this.#rows.get(name);
    if (before?.item === item) return;
    if (before) this.#watching.unobserve(before.item);
    this.#rows.delete(name);
    if (!item) return;
    const find = <Type extends HTMLElement>(part: string) => item.querySelector<Type>(part)!;
    this.#rows.set(name, {
      item,
      text: find(".value-text"),
      level: find(".value-level"),
      canvas: find<HTMLCanvasElement>("canvas"),
      isVisible: false,
    });
    this.#watching.observe(item);
    this.#write(name, this.#rows.get(name)!);
    this.#mark(name, this.#rows.get(name)!);
  }

  onMessage(): void {
    const { count } = this.#player;
    if (this.#list && count !== undefined) this.#list.dataset["count"] = String(count);
    for (const [name, row] of this.#rows) this.#mark(name, row);
  }

  onBeat(): void {
    const now = this.#now();
    const areAllDue = now - this.#unseenAt >= UNSEEN_MILLIS;
    if (areAllDue) this.#unseenAt = now;
    for (const [name, row] of this.#rows) if (areAllDue || row.isVisible) this.#write(name, row);
    if (now - this.#linesAt < LINES_MILLIS) return;
    this.#linesAt = now;
    for (const [name, row] of this.#rows) if (row.isVisible) this.#draw(name, row);
  }

  #mark(name: string, row: Row): void {
    const known = this.#player.known(name);
    if (known === row.marked) return;
    row.marked = known;
    if (known) row.item.dataset["value"] = JSON.stringify(known.value);
    else delete row.item.dataset["value"];
  }

  #write(name: string, { item, text, level }: Row): void {
    const known = this.#player.known(name);
    const setup = this.#player.setupOf(name);
    const words = known ? formatValue(known.value, setup, known.facts) : "–";
    if (text.textContent !== words) text.textContent = words;
    const type = Array.isArray(known?.value) ? "array" : typeof known?.value;
    if (item.dataset["type"] !== type) item.dataset["type"] = type;
    // No rule of the style sheet may depend on the raw value, or each message costs a thousand new styles.
    const isOn = String(known?.value === true);
    if (item.dataset["on"] !== isOn) item.dataset["on"] = isOn;
    const mark = known ? levelWords(known.value, setup) : "";
    if (level.textContent !== mark) level.textContent = mark;
    const tone = known?.level ?? "normal";
    if (item.dataset["level"] !== tone) item.dataset["level"] = tone;
  }

  #draw(name: string, { canvas }: Row): void {
    const value = this.#player.known(name)?.value;
    const colors = this.#colors ??= colorsOf(canvas);
    if (isLine(value)) drawArray(canvas, value, colors);
    else if (this.#player.history.has(name)) {
      drawHistory(canvas, this.#player.points(name), colors);
    } else drawNothing(canvas);
  }

  #notice(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const name = (target as HTMLElement).dataset["name"]!;
      const row = this.#rows.get(name);
      if (!row || row.isVisible === isIntersecting) continue;
      row.isVisible = isIntersecting;
      if (!isIntersecting) continue;
      this.#write(name, row);
      this.#draw(name, row);
    }
  }
}
