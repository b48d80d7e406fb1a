import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { Screen } from "../../../shared/page/page.ts";
import type { PageModel } from "../model/model.ts";
import {
  codecName,
  type ScreenView,
  type ScreenWords,
  screenWords,
} from "../model/screen_words.ts";
import type { FullScreen } from "../screen/full_screen.ts";
import type { ScreenPlayer } from "../screen/screen_player.ts";

interface Props {
  readonly model: PageModel;
  readonly screen: ScreenPlayer;
  readonly fullScreen: FullScreen;
}

/** The host's screen: the picture, why it stands still if it does, and a button for the whole display. */
export function ScreenPanel({ model, screen, fullScreen }: Props) {
  const figure = useRef<HTMLElement>(null);
  useEffect(() => fullScreen.attach(figure.current!), []);
  if (!model.screen.value) return null;
  const words = screenWords(viewOf(model, model.screen.value, screen));
  const hasPicture = screen.hasPicture.value;
  return html`
    <section class="panel screen-panel" aria-labelledby="screen-title">
      <h2 id="screen-title" class="visually-hidden">Screen</h2>
      <figure class="screen" ref=${figure}>
        <${Stage} screen=${screen} words=${words} onDblClick=${() => fullScreen.toggle()} />
        ${words.tone !== "problem" && html`
          <figcaption class="screen-bar">
            ${hasPicture && html`<${Words} words=${words} />`}
            <span class="panel-note">${formatWords(model.screen.value, screen)}</span>
            ${fullScreen.isPossible &&
              html`<${FullScreenButton} fullScreen=${fullScreen} isDisabled=${!hasPicture} />`}
          </figcaption>
        `}
      </figure>
    </section>
  `;
}

interface StageProps {
  readonly screen: ScreenPlayer;
  readonly words: ScreenWords;
  readonly onDblClick: () => void;
}

/** The place of the picture, in its shape; before the first picture 16 to 9, with the words in it. */
function Stage({ screen, words, onDblClick }: StageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => screen.attach(canvas.current!), []);
  const { width, height } = screen.size.value ?? { width: 16, height: 9 };
  const hasPicture = screen.hasPicture.value;
  return html`
    <div
      class="stage"
      data-picture=${hasPicture}
      data-tone=${words.tone}
      style=${{ "--ratio": `${width} / ${height}` }}
      onDblClick=${onDblClick}
    >
      <canvas
        data-testid="screen"
        role="img"
        aria-label=${hasPicture ? "The host's screen" : "The host's screen: no picture yet"}
        ref=${canvas}
      ></canvas>
      ${!hasPicture && html`<${Words} words=${words} />`}
    </div>
  `;
}

function Words({ words: { tone, title, text } }: { readonly words: ScreenWords }) {
  return html`
    <p class="screen-words" data-tone=${tone}>
      <strong>${title}</strong>${" "}<span>${text}</span>
    </p>
  `;
}

interface ButtonProps {
  readonly fullScreen: FullScreen;
  readonly isDisabled: boolean;
}

function FullScreenButton({ fullScreen, isDisabled }: ButtonProps) {
  const isOn = fullScreen.isOn.value;
  return html`
    <button
      class="quiet-button"
      type="button"
      aria-keyshortcuts="F"
      disabled=${isDisabled}
      title=${isOn ? "Back to the page (F or Esc)" : "Fill the display (F)"}
      onClick=${() => fullScreen.toggle()}
    >
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        ${isOn
          ? html`<path d="M9.5 4v5.5H4M14.5 4v5.5H20M9.5 20v-5.5H4M14.5 20v-5.5H20" />`
          : html`<path d="M4 9.5V4h5.5M20 9.5V4h-5.5M4 14.5V20h5.5M20 14.5V20h-5.5" />`}
      </svg>
      ${isOn ? "Exit full screen" : "Full screen"}
    </button>
  `;
}

function viewOf(model: PageModel, screen: Screen, player: ScreenPlayer): ScreenView {
  return {
    screen,
    end: model.end.value?.title,
    isInTouch: model.isInTouch.value,
    isPaused: model.paused.value.includes("screen"),
    isHeldLong: model.isHeldLong.value,
    hasPicture: player.hasPicture.value,
    isBehind: player.isBehind.value,
    problem: player.problem.value,
  };
}

/** `H.264 · 1280 x 720` */
function formatWords(screen: Screen, player: ScreenPlayer): string {
  const size = player.size.value;
  if (!screen.isShared) return "";
  return size ? `${codecName(screen)} · ${size.width} x ${size.height}` : codecName(screen);
}
