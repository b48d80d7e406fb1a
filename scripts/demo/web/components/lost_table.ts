import { html } from "htm/preact";
import { packetState } from "../../../../shared/page/page_network.ts";
import type { LostPacket } from "../model/lost_packets.ts";
import type { NetworkModel } from "../model/network_model.ts";
import { lostOutcome, millisSince, packetNumber, timeWords } from "../model/words.ts";
import { KEY_WORDS } from "./lane_keys.ts";
import { Mark } from "./legend.ts";

/** The packets that were lost last: the same as the picture, in words. */
export function LostTable({ model }: { readonly model: NetworkModel }) {
  model.tick.value;
  const rows = model.lostPackets();
  return html`
    <section class="panel lost-panel" aria-labelledby="lost-title">
      <div class="panel-head">
        <h2 id="lost-title">The last lost packets</h2>
        <p class="panel-note">times after the loss</p>
      </div>
      <p class="visually-hidden" id="picture-keys">${KEY_WORDS}</p>
      <div class="lost-place table-scroll" tabindex="0" role="group" aria-label="Table of lost packets">
        <table class="lost" data-testid="lost">
          <thead>
            <tr>
              <th scope="col">Packet</th>
              <th scope="col"><span class="wide-alone">Listener</span><span class="narrow-alone"><span class="visually-hidden">Listener</span><span aria-hidden="true">To</span></span></th>
              <th scope="col" class="wide-alone">Lost at</th>
              <th scope="col">Requested</th>
              <th scope="col">Repaired</th>
              <th scope="col">In the end</th>
            </tr>
          </thead>
          <tbody>${rows.map((lost) => html`<${Row} key=${keyOf(lost)} lost=${lost} />`)}</tbody>
        </table>
        ${rows.length === 0 && html`<p class="hint lost-none">No packet was lost yet.</p>`}
      </div>
    </section>
  `;
}

function keyOf({ listener, packet }: LostPacket): string {
  return `${listener} ${packet.sequence}`;
}

function Row({ lost: { listener, packet } }: { readonly lost: LostPacket }) {
  return html`
    <tr data-state=${packetState(packet)}>
      <th scope="row">${packetNumber(packet)}</th>
      <td>${listener}</td>
      <td class="wide-alone">${timeWords(packet.sentAt)}</td>
      <td>${millisSince(packet, packet.requestedAt)}</td>
      <td>${millisSince(packet, packet.repairedAt)}</td>
      <td><span class="outcome"><${Mark} state=${packetState(packet)} /><span>${lostOutcome(
        packet,
      )}</span></span></td>
    </tr>
  `;
}
