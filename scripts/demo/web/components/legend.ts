import { html } from "htm/preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { PacketState } from "../../../../shared/page/page_network.ts";
import { STATE_WORDS, STATES } from "../model/words.ts";
import { CELL } from "../picture/grid.ts";
import { drawMark, readColors } from "../picture/marks.ts";

/** What each mark means. */
export function Legend() {
  return html`
    <ul class="legend" aria-label="What the marks mean">
      ${STATES.map((state) =>
        html`<li key=${state}><${Mark} state=${state} />${STATE_WORDS[state]}</li>`
      )}
    </ul>
  `;
}

/** A mark alone, drawn as in the lanes. */
export function Mark({ state }: { readonly state: PacketState }) {
  const place = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const draw = () => drawAlone(place.current!, state);
    const themes = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) =>
      matchMedia(query)
    );
    for (const theme of themes) theme.addEventListener("change", draw);
    draw();
    return () => themes.forEach((theme) => theme.removeEventListener("change", draw));
  }, [state]);
  return html`<canvas class="mark" ref=${place} aria-hidden="true"></canvas>`;
}

function drawAlone(canvas: HTMLCanvasElement, state: PacketState): void {
  canvas.width = CELL.width * devicePixelRatio;
  canvas.height = CELL.height * devicePixelRatio;
  const context = canvas.getContext("2d")!;
  context.scale(devicePixelRatio, devicePixelRatio);
  drawMark(context, state, { x: CELL.width / 2, y: CELL.height / 2 }, readColors(canvas));
}
