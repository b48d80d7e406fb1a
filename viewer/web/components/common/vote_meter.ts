import { html } from "htm/preact";
import type { Candidate } from "../../../../shared/report/report.ts";
import { standingWords, voteWords } from "../../reports/report_words.ts";

/** How the votes on a candidate stand: as a bar, and in words. */
export function VoteMeter({ candidate }: { readonly candidate: Candidate }) {
  const { votes, against, needed = votes + 1, state } = candidate;
  const { tone, text } = voteWords(candidate);
  const share = state === "confirmed" ? 1 : Math.max(0, Math.min(1, (votes - against) / needed));
  return html`
    <p class="vote-meter" data-tone=${tone} data-state=${state}>
      <span class="vote-bar" aria-hidden="true" style=${{ "--share": share.toFixed(3) }}></span>
      <span class="vote-count" aria-hidden="true">${text}</span>
      <span class="visually-hidden">${standingWords(candidate)}</span>
    </p>
  `;
}
