import { useSignal, useSignalEffect } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { ChannelLedger } from "../../../../shared/ledger/ledger.ts";
import { formatShare } from "../../../../shared/ledger/ledger_words.ts";
import { formatCount } from "../../../../viewer/web/model/words.ts";
import type { Lane } from "../model/lane.ts";
import type { NetworkModel } from "../model/network_model.ts";
import { packetNumber, packetStory, pathWords } from "../model/words.ts";
import { LanePicture } from "../picture/lane_picture.ts";
import { nextChosen } from "./lane_keys.ts";

interface Props {
  readonly model: NetworkModel;
  readonly lane: Lane;
}

/** One listener: its packets as marks, one of them in words, and its ledger. */
export function LanePanel({ model, lane }: Props) {
  model.tick.value;
  const { number, settings, ledger } = lane;
  const title = `lane-${number}`;
  return html`
    <section class="panel lane" data-testid=${title} aria-labelledby=${title}>
      <div class="panel-head">
        <h3 id=${title}>Listener ${number}</h3>
        <p class="panel-note">${pathWords(settings)}</p>
      </div>
      <${Picture} model=${model} lane=${lane} />
      <${Counts} ledger=${ledger} />
    </section>
  `;
}

/** The marks. They are a slider for the keyboard and for screen readers: its value is a packet, in words. */
function Picture({ model, lane }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<LanePicture | undefined>(undefined);
  const chosen = useSignal<number | undefined>(undefined);
  useEffect(() => {
    const contents = () => ({ ...model.packetsOf(lane), chosen: chosen.peek() });
    const drawn = picture.current = new LanePicture(canvas.current!, contents);
    drawn.redraw();
    return () => drawn.close();
  }, []);
  useSignalEffect(() => {
    model.tick.value;
    chosen.value;
    picture.current?.redraw();
  });
  model.tick.value;
  const { packets, newest } = model.packetsOf(lane);
  const shown = packets.get(chosen.value ?? NaN);
  const latest = shown ?? packets.get(newest ?? NaN);
  const point = ({ offsetX: x, offsetY: y }: PointerEvent) =>
    chosen.value = picture.current?.packetAt({ x, y });
  const onKey = (event: KeyboardEvent) => {
    const range = picture.current?.range;
    const next = range && nextChosen(event.key, chosen.value, range, packets);
    if (next === undefined) return;
    event.preventDefault();
    chosen.value = next;
  };
  return html`
    <div class="picture">
      <canvas
        ref=${canvas}
        data-testid="picture-${lane.number}"
        role="slider"
        tabindex="0"
        aria-label="Packets to listener ${lane.number}"
        aria-describedby="picture-keys"
        aria-valuemin="0"
        aria-valuemax="65535"
        aria-valuenow=${latest ? packetNumber(latest) : 0}
        aria-valuetext=${shown ? packetStory(shown) : "No packet is chosen"}
        onPointerMove=${point}
        onPointerDown=${point}
        onPointerLeave=${() => chosen.value = undefined}
        onKeyDown=${onKey}
        onBlur=${() => chosen.value = undefined}
      ></canvas>
    </div>
    <p class="story" data-testid="story-${lane.number}">
      ${shown ? packetStory(shown) : html`<${LatestLoss} model=${model} lane=${lane} />`}
    </p>
  `;
}

/** While no mark is pointed at. */
function LatestLoss({ model, lane }: Props) {
  model.tick.value;
  const lost = model.lastLossOf(lane);
  if (!lost) {
    return html`<span class="story-hint">Point at a mark for the story of its packet.</span>`;
  }
  return html`<span class="story-hint">The last loss:</span> ${packetStory(lost)}`;
}

const COUNTS: readonly (readonly [
  field: string,
  label: string,
  read: (ledger: ChannelLedger) => string,
])[] = [
  ["packetsExpected", "Expected", (ledger) => formatCount(ledger.packetsExpected)],
  ["packetsReceived", "Received", (ledger) => formatCount(ledger.packetsReceived)],
  ["networkLost", "Lost", (ledger) => formatCount(ledger.networkLost)],
  [
    "fractionLost",
    "Share lost",
    (ledger) => formatShare(ledger.networkLost, ledger.packetsExpected),
  ],
  ["packetsRepaired", "Repaired", ({ packetsRepaired: { nack, fec } }) => formatCount(nack + fec)],
  ["residualLost", "Missing", (ledger) => formatCount(ledger.residualLost)],
  ["packetsDiscarded", "Too late", (ledger) => formatCount(ledger.packetsDiscarded)],
  ["packetsDuplicated", "Duplicates", (ledger) => formatCount(ledger.packetsDuplicated)],
  ["packetsReordered", "Out of order", (ledger) => formatCount(ledger.packetsReordered)],
];

/** The listener's own ledger. */
function Counts({ ledger }: { readonly ledger: ChannelLedger | undefined }) {
  return html`
    <dl class="counts">
      ${COUNTS.map(([field, label, read]) =>
        html`
          <div key=${field}>
            <dt>${label}</dt>
            <dd data-field=${field}>${ledger ? read(ledger) : "–"}</dd>
          </div>
        `
      )}
    </dl>
  `;
}
