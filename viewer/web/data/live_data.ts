/**
 * viewer/web/data: live data in the page.
 *
 * Set-up, history and messages come in from the WebSocket; this file keeps them and says when there is something
 * to show: each message before the browser paints next, words and lines at most ten times a second.
 * value_rows.ts, sparkline.ts and value_chart.ts draw the values; picture_player.ts shows the picture, which
 * picture_worker.ts inflates and paints (raw_picture.ts, color_maps.ts). value_format.ts has the words. Clock and
 * timers are passed in. The next file to read is value_rows.ts.
 */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../shared/core/units.ts";
import type { DataMessage } from "../../../shared/data/data_message.ts";
import { type Level, levelOf, type ValueSetup } from "../../../shared/data/data_setup.ts";
import { type DataValue, type DataValues, MAX_VALUES } from "../../../shared/data/data_values.ts";
import { DataPace } from "../../../shared/page/data_pace.ts";
import type { LiveData } from "../../../shared/page/page.ts";
import type { HistoryPart, PageData } from "../../../shared/page/page_data.ts";
import { agedBy, type Points, ValueHistory } from "../../../shared/page/value_history.ts";
import { LevelNews } from "./level_news.ts";
import type { PicturePlayer } from "./picture_player.ts";
import { isLine, NO_FACTS, type NumberFacts, withNumber } from "./value_format.ts";

/** What live data needs of a browser. */
export interface LiveDataAdapter {
  now(): Millis;
  /** Calls back before the browser paints next; not while the page is hidden. */
  requestFrame(callback: () => void): void;
  /** Whether the viewer should send live data over the WebSocket. */
  onWantsData(wanted: boolean): void;
  /** A sentence for screen readers. */
  announce(sentence: string): void;
}

/** What is known of one value. */
export interface Known {
  readonly value: DataValue;
  readonly facts: NumberFacts;
  readonly level: Level;
}

/** Draws values; told of each message, and of the beats in between. */
export interface DataView {
  /** There are newer values. */
  onMessage(): void;
  /** Words and lines may be drawn again. */
  onBeat(): void;
}

/** What the head of the panel says of the messages. */
export interface Summary {
  readonly count: number;
  /** By the source. */
  readonly time: Millis;
  readonly interval: Millis | undefined;
}

const BEAT_MILLIS: Millis = 100;
/** While no message comes, lines move on so often. */
const REST_MILLIS: Millis = 500;
const NO_SETUP: ValueSetup = {};

/** The state behind the panel of live data. */
export class LiveDataPlayer {
  /** The names of all values: those of the set-up, then the others as they appeared. */
  readonly names: ReadonlySignal<readonly string[]>;
  readonly setup: Signal<Readonly<Record<string, ValueSetup>>> = signal({});
  /** The last message; null before the first. */
  readonly summary: Signal<Summary | null> = signal(null);
  readonly hasMessage: ReadonlySignal<boolean> = computed(() => this.summary.value !== null);
  /** How long there was no message, in whole seconds, once that is too long; else 0. */
  readonly staleSeconds: Signal<number> = signal(0);
  /** Messages that this page was too slow for. */
  readonly skipped: Signal<number> = signal(0);
  /** The names of messages that are beyond the most values. */
  readonly isFull: Signal<boolean> = signal(false);
  /** Whether no message can come any more. */
  readonly isOver: ReadonlySignal<boolean>;
  /** Whether anybody can see the page. */
  readonly isVisible: Signal<boolean> = signal(true);
  readonly picture: PicturePlayer;
  readonly history = new ValueHistory();
  readonly #chosen: Signal<string | null> = signal(null);
  readonly #appeared: Signal<readonly string[]> = signal([]);
  readonly #known = new Map<string, Known>();
  readonly #views = new Set<DataView>();
  readonly #pace = new DataPace();
  readonly #news: LevelNews;
  readonly #adapter: LiveDataAdapter;
  /** Whether nothing has come since the set-up: then it belongs to the history that comes. */
  #isSetupNew = false;
  /** Of the last history. */
  #epoch: number | undefined;
  #newest: Summary | null = null;
  #number: number | undefined;
  #messageAt: Millis = -Infinity;
  #beatAt: Millis = -Infinity;
  #isScheduled = false;
  #needsBeat = false;
  /** Whether all is drawn, and stays as it is. */
  #isSettled = false;

  constructor(
    data: ReadonlySignal<LiveData | null>,
    picture: PicturePlayer,
    adapter: LiveDataAdapter,
    isOver: ReadonlySignal<boolean> = signal(false),
  ) {
    this.picture = picture;
    this.isOver = isOver;
    this.#adapter = adapter;
    this.#news = new LevelNews((sentence) => adapter.announce(sentence));
    this.names = computed(() => inOrder(Object.keys(this.setup.value), this.#appeared.value));
    const wanted = computed(() => data.value !== null && this.isVisible.value);
    effect(() => {
      this.#number = undefined;
      adapter.onWantsData(wanted.value);
    });
  }

  /** The value in the chart: the one that was chosen, or else the first that can be drawn. */
  get chosen(): string | null {
    return this.#chosen.value ?? this.names.value.find((name) => this.isDrawable(name)) ?? null;
  }

  /** The number of the newest message; undefined before the first. */
  get count(): number | undefined {
    return this.#newest?.count;
  }

  choose(name: string): void {
    this.#chosen.value = name;
  }

  known(name: string): Known | undefined {
    return this.#known.get(name);
  }

  setupOf(name: string): ValueSetup {
    const { value } = this.setup;
    return Object.hasOwn(value, name) ? value[name]! : NO_SETUP;
  }

  /** The numbers of the last five minutes until now; after the end, until the last message. */
  points(name: string): Points {
    const points = this.history.points(name);
    if (this.isOver.peek() || this.#newest === null) return points;
    return agedBy(points, (this.#adapter.now() - this.#messageAt) / 1000);
  }

  isDrawable(name: string): boolean {
    const value = this.#known.get(name)?.value;
    return typeof value === "number" || isLine(value);
  }

  /** Draws values from now on. @returns a function that ends that. */
  attach(view: DataView): () => void {
    this.#views.add(view);
    this.#schedule();
    return () => this.#views.delete(view);
  }

  push(data: PageData): void {
    switch (data.kind) {
      case "setup":
        this.setup.value = data.setup.values;
        this.#isSetupNew = true;
        break;
      case "history":
        this.#takeHistory(data.history);
        break;
      case "picture":
        this.picture.push(data.message);
        break;
      case "message":
        this.#takeMessage(data.message, data.number, data.age);
    }
    this.#schedule();
  }

  /** The viewer is connected anew, and begins with the history. */
  restart(): void {
    this.#number = undefined;
  }

  /** To be called a few times a second: time alone makes values stale, and moves lines on. */
  tick(): void {
    const now = this.#adapter.now();
    const silence = now - this.#messageAt;
    const isStale = this.#newest !== null && silence > this.#pace.patience;
    this.staleSeconds.value = isStale ? Math.max(1, Math.floor(silence / 1000)) : 0;
    if (!this.isOver.peek()) this.#isSettled = false;
    const isAtRest = this.#newest !== null && now - this.#beatAt >= REST_MILLIS;
    if (this.#needsBeat || isAtRest && !this.#isSettled) this.#schedule();
  }

  #takeHistory({ isFirst, epoch, newest, interval, values }: HistoryPart): void {
    if (isFirst) this.#forget(values.length === 0 || epoch !== (this.#epoch ?? epoch));
    this.#epoch = epoch;
    this.#isSetupNew = false;
    this.#pace.assume(interval);
    for (const { name, last, bins } of values) {
      this.history.put(name, bins, newest);
      if (last !== undefined) this.#know(name, last);
    }
    this.#noteNames(values.filter(({ last }) => last !== undefined).map(({ name }) => name));
  }

  /** What the viewer sends next is all that there is. @param isAll whether nothing of before is in it. */
  #forget(isAll: boolean): void {
    this.history.clear();
    this.#number = undefined;
    this.#known.clear();
    this.#pace.clear();
    if (!isAll) return;
    this.#appeared.value = [];
    this.#newest = this.summary.value = null;
    this.#chosen.value = null;
    this.isFull.value = false;
    this.#messageAt = -Infinity;
    if (!this.#isSetupNew) this.setup.value = {};
    this.picture.clear();
  }

  #takeMessage(message: DataMessage, number: number, age: Millis): void {
    const { count, time, values } = message.head;
    if (this.#number !== undefined) this.skipped.value += Math.max(0, number - this.#number - 1);
    this.#number = number;
    this.#isSetupNew = false;
    this.#messageAt = this.#adapter.now() - age;
    this.#pace.push(time, this.#messageAt);
    this.history.push(values, time);
    for (const [name, value] of Object.entries(values)) this.#know(name, value);
    this.#noteNames(Object.keys(values));
    this.#newest = { count, time, interval: this.#pace.interval };
    this.#noteLevels(values);
    this.picture.push(message);
  }

  #know(name: string, value: DataValue): void {
    const before = this.#known.get(name);
    if (!before && this.#known.size >= MAX_VALUES) return void (this.isFull.value = true);
    const facts = before?.facts ?? NO_FACTS;
    this.#known.set(name, {
      value,
      facts: typeof value === "number" ? withNumber(facts, value) : facts,
      level: levelOf(value, this.setupOf(name)),
    });
  }

  #noteNames(names: readonly string[]): void {
    const before = this.#appeared.peek();
    const there = new Set(before);
    const added = names.filter((name) => !there.has(name) && this.#known.has(name));
    if (added.length > 0) this.#appeared.value = [...before, ...added].slice(0, MAX_VALUES);
  }

  #noteLevels(values: DataValues): void {
    for (const name of Object.keys(values)) {
      const { level } = this.#known.get(name) ?? {};
      if (level) this.#news.note(name, this.setupOf(name).title ?? name, level);
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#adapter.requestFrame(() => this.#show());
  }

  #show(): void {
    this.#isScheduled = false;
    for (const view of this.#views) view.onMessage();
    const now = this.#adapter.now();
    this.#needsBeat = now - this.#beatAt < BEAT_MILLIS;
    if (this.#needsBeat) return;
    // Views that skip a beat draw when one comes after a rest.
    this.#isSettled = this.isOver.peek() && now - this.#beatAt >= REST_MILLIS;
    this.#beatAt = now;
    this.summary.value = this.#newest;
    this.tick();
    this.#news.tell(now);
    for (const view of this.#views) view.onBeat();
  }
}

function inOrder(first: readonly string[], others: readonly string[]): readonly string[] {
  const before = new Set(first);
  return [...first, ...others.filter((name) => !before.has(name))];
}
