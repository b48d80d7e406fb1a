import { html } from "htm/preact";
import type { PageModel } from "../model/model.ts";
import { LedgerBlock } from "./ledger_block.ts";
import { NetworkChart } from "./network_chart.ts";

const BLOCKS = [
  ["screen", "Screen"],
  ["data", "Data"],
  ["audio", "Sound"],
  ["events", "Events"],
] as const;
/** Those that a broadcast may have as long as it is not known which it has. */
const USUAL: ReadonlySet<string> = new Set(["audio", "events"]);

/** The network statistics: as sentences, as counts, and as charts of the last minutes. */
export function NetworkPanel({ model }: { readonly model: PageModel }) {
  const ledger = model.ledger.value;
  const find = (name: string) => ledger?.channels.find(({ channel }) => channel === name) ?? null;
  const blocks = BLOCKS.filter(([name]) =>
    model.channels.value.includes(name) || (USUAL.has(name) && model.channels.value.length === 0)
  );
  const roundTrip = ledger?.roundTripTime;
  return html`
    <section class="panel network" aria-labelledby="network-title">
      <header class="panel-head">
        <h2 id="network-title">Network</h2>
        <span class="panel-note">
          ${roundTrip !== undefined && `Round trip ${(roundTrip * 1000).toFixed(1)} ms`}
        </span>
      </header>
      <div class="ledgers">${blocks.map(([name, title]) =>
        html`
          <${LedgerBlock}
            key=${name}
            name=${name}
            title=${title}
            ledger=${find(name)}
            pastEvents=${model.pastEvents.value}
            isWhole=${model.isLedgerWhole.value}
            isAbsent=${ledger !== null && !model.channels.value.includes(name)}
          />
        `
      )}</div>
      <${NetworkChart} model=${model} />
    </section>
  `;
}
