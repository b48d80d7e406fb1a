import { html } from "htm/preact";
import { useEffect, useMemo } from "preact/hooks";
import type { ValueSetup } from "../../../shared/data/data_setup.ts";
import type { LiveDataPlayer } from "../data/live_data.ts";
import { ValueRows } from "../data/value_rows.ts";

/** All values, each in a fixed place; what changes in a row is written by {@linkcode ValueRows}. */
export function ValueList({ live }: { readonly live: LiveDataPlayer }) {
  const rows = useMemo(() => new ValueRows(live, () => performance.now()), [live]);
  useEffect(() => rows.start(), [rows]);
  const placeAll = useMemo(() => (list: HTMLElement | null) => rows.placeAll(list), [rows]);
  const { value: names } = live.names;
  const { chosen } = live;
  const isPlain = names.every((name) => isBare(live.setupOf(name), name));
  return html`
    <div class="values-scroll" role="group" aria-label="Values">
      <ul class="values" role="list" data-testid="data" data-plain=${isPlain} ref=${placeAll}>
        ${names.map((name) =>
          html`
            <${ValueItem}
              key=${name}
              name=${name}
              live=${live}
              rows=${rows}
              setup=${live.setupOf(name)}
              isChosen=${name === chosen}
            />
          `
        )}
      </ul>
      ${live.isFull.value &&
        html`<p class="values-full">Values beyond the first 1000 are not shown.</p>`}
    </div>
  `;
}

interface ItemProps {
  readonly name: string;
  readonly live: LiveDataPlayer;
  readonly rows: ValueRows;
  readonly setup: ValueSetup;
  readonly isChosen: boolean;
}

/** One row: title, line, value and unit; below the title its level in words, or else its name. */
function ValueItem({ name, live, rows, setup, isChosen }: ItemProps) {
  const { title = name, unit = "" } = setup;
  const place = useMemo(() => (item: HTMLElement | null) => rows.place(name, item), [rows, name]);
  return html`
    <li class="value" data-name=${name} data-bare=${isBare(setup, name)} data-unit=${unit !== ""}
      data-chosen=${isChosen} ref=${place}>
      <div class="value-names">
        <button
          class="value-title"
          type="button"
          aria-pressed=${isChosen}
          title="${title === name ? name : `${title} (${name})`}"
          onClick=${() => live.choose(name)}
        ><span>${title}</span></button>
        <span class="value-below">
          <svg class="value-mark" viewBox="0 0 16 16" aria-hidden="true">
            <path class="mark-warn" d="M8 2 15 14H1Z" />
            <path class="mark-alarm" d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" />
          </svg>
          <span class="value-level"></span>
          <span class="value-name">${title === name ? "" : name}</span>
        </span>
      </div>
      <canvas class="value-spark" aria-hidden="true"></canvas>
      <span class="value-text"></span>
      <span class="value-unit">${unit}</span>
    </li>
  `;
}

/** Whether the row needs no second line. */
function isBare({ title, warn, alarm }: ValueSetup, name: string): boolean {
  return (title ?? name) === name && !warn && !alarm;
}
