import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { COLOR_MAP_WORDS, COLOR_MAPS, type ColorMap } from "../data/color_maps.ts";
import type { PicturePlayer, ShownPicture } from "../data/picture_player.ts";
import type { Levels } from "../data/raw_picture.ts";
import { timeOfDay } from "../model/data_words.ts";
import { formatBytes } from "../model/words.ts";

/** The picture of live data, and how its shades are coloured. */
export function PicturePanel({ picture }: { readonly picture: PicturePlayer }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ratio = useRef<string | undefined>(undefined);
  useEffect(() => picture.attach(canvas.current!), [picture]);
  const shown = picture.shown.value;
  // The first picture's shape stays, so that nothing moves when another has a different one.
  if (shown) ratio.current ??= `${shown.head.width} / ${shown.head.height}`;
  return html`
    <figure class="picture">
      <div class="picture-stage" style=${{ "--ratio": ratio.current ?? "4 / 3" }}>
        <canvas data-testid="data-image" role="img" aria-label=${labelOf(
          shown,
        )} ref=${canvas}></canvas>
      </div>
      <figcaption class="picture-bar">
        ${picture.hasFailed.value
          ? html`<strong class="picture-problem">This picture can't be shown.</strong>`
          : shown &&
            html`<span>${pictureWords(shown)}</span><time>${
              timeOfDay(shown.time, Date.now())
            }</time>`}
      </figcaption>
      ${shown?.levels && html`<${Controls} picture=${picture} levels=${shown.levels} />`}
    </figure>
  `;
}

interface ControlsProps {
  readonly picture: PicturePlayer;
  /** Those that the picture is painted with. */
  readonly levels: Levels;
}

function Controls({ picture, levels }: ControlsProps) {
  const look = picture.look.value;
  const isAutomatic = look.levels === null;
  const choose = (map: string) => picture.setLook({ ...look, map: map as ColorMap });
  const setLevel = (index: number, text: string) => {
    const number = Number(text);
    const next = [...look.levels ?? levels] as [number, number];
    next[index] = number;
    const isLevel = text !== "" && Number.isFinite(number) && next[0] < next[1];
    if (isLevel) picture.setLook({ ...look, levels: next });
    return isLevel;
  };
  return html`
    <div class="picture-controls">
      <label class="picture-control">Colours
        <select value=${look.map} onChange=${(event: Event) =>
          choose((event.target as HTMLSelectElement).value)}>
          ${COLOR_MAPS.map((map) =>
            html`<option value=${map} selected=${map === look.map}>${COLOR_MAP_WORDS[map]}</option>`
          )}
        </select>
      </label>
      <button class="quiet-button" type="button" aria-pressed=${isAutomatic}
        title="Choose the levels of each picture by its own range"
        onClick=${() => picture.setLook({ ...look, levels: isAutomatic ? levels : null })}>
        Automatic levels
      </button>
      ${(["Low", "High"] as const).map((word, index) =>
        html`
          <label class="picture-control">${word}
            <${LevelInput} text=${shortLevel(levels[index]!)} disabled=${isAutomatic}
              onText=${(text: string) => setLevel(index, text)} />
          </label>
        `
      )}
    </div>
  `;
}

interface LevelInputProps {
  readonly text: string;
  readonly disabled: boolean;
  /** @returns whether it is a level. */
  readonly onText: (text: string) => boolean;
}

/** Keeps what somebody is typing, though each new picture tells its levels again. */
function LevelInput({ text, disabled, onText }: LevelInputProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== document.activeElement) input.current!.value = text;
  }, [text]);
  return html`
    <input type="number" step="any" disabled=${disabled} ref=${input}
      onChange=${() => {
        if (!onText(input.current!.value)) input.current!.value = text;
      }} />
  `;
}

function shortLevel(level: number): string {
  return Number.isInteger(level) ? String(level) : String(Number(level.toPrecision(5)));
}

function pictureWords({ head: { width, height, format, mimeType, bytes } }: ShownPicture): string {
  const type = format ?? mimeType.replace("image/", "").toUpperCase();
  return `${width} x ${height} · ${type} · ${formatBytes(bytes)}`;
}

function labelOf(shown: ShownPicture | null): string {
  return shown
    ? `The picture of live data, ${shown.head.width} x ${shown.head.height}`
    : "No picture yet";
}
