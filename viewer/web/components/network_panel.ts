import { html } from "htm/preact";
import type { PageModel } from "../model/model.ts";
import { LedgerBlock } from "./ledger_block.ts";
import { NetworkChart } from "./network_chart.ts";

/** The network statistics: as sentences, as counts, and as charts of the last minutes. */
export function NetworkPanel({ model }: { readonly model: PageModel }) {
  const ledger = model.ledger.value;
  const find = (name: string) => ledger?.channels.find(({ channel }) => channel === name) ?? null;
  const roundTrip = ledger?.roundTripTime;
  return html`
    <section class="panel network" aria-labelledby="network-title">
      <header class="panel-head">
        <h2 id="network-title">Network</h2>
        <span class="panel-note">
          ${roundTrip !== undefined && `Round trip ${(roundTrip * 1000).toFixed(1)} ms`}
        </span>
      </header>
      <${LedgerBlock} name="audio" title="Sound" ledger=${find(
        "audio",
      )} isKnown=${ledger !== null} />
      <${LedgerBlock} name="events" title="Events" ledger=${find(
        "events",
      )} isKnown=${ledger !== null} />
      <${NetworkChart} model=${model} />
    </section>
  `;
}
