import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { isOpen } from "../../../../shared/report/candidate_list.ts";
import { teamHues } from "../../model/team_color.ts";
import { isFor, type ReportModel } from "../../reports/report_model.ts";
import { agoWords, dotted, ownWords, subjectWords } from "../../reports/report_words.ts";
import type { VoteRow } from "../../reports/vote_rows.ts";
import { EventIcon } from "../common/event_icon.ts";
import { Icon } from "../common/icons.ts";
import { VoteMeter } from "../common/vote_meter.ts";

interface Props {
  readonly reports: ReportModel;
  readonly home: string;
  readonly away: string;
}

/** What is voted on, in a place of a fixed height: what comes and goes moves no button below it. */
export function VoteList({ reports, home, away }: Props) {
  const rows = reports.rows.value;
  const place = useRef<HTMLDivElement>(null);
  const newest = rows.at(-1)?.key;
  useEffect(() => keepNewestInSight(place.current!), [newest]);
  return html`
    <div class="votes-scroll" ref=${place} tabindex="0" role="region" aria-label="What is voted on">
      ${rows.length === 0 && html`
        <p class="votes-empty">
          <strong>Nothing is voted on</strong>
          Press what you see. It counts once enough others report it too.
        </p>
      `}
      <ul class="votes" role="list" data-testid="candidates">
        ${rows.map((row) =>
          html`
            <${Row} key=${row.key} row=${row} reports=${reports} home=${home}
              away=${away} />
          `
        )}
      </ul>
    </div>
  `;
}

/** Also after the window was turned, or a row got taller; what is being read or pressed stays where it is. */
function keepNewestInSight(list: HTMLElement): () => void {
  let end = 0;
  const show = () => {
    if (list.matches(":hover, :focus-within")) return;
    list.scrollTop = list.scrollHeight;
    end = list.scrollTop;
  };
  const resizing = new ResizeObserver((resized) => {
    // A row that goes moves the end up, and what is shown with it.
    const isAtEnd = list.scrollTop >= Math.min(end, list.scrollHeight - list.clientHeight) - 1;
    if (isAtEnd || resized.some(({ target }) => target === list)) show();
  });
  show();
  for (const element of [list, list.querySelector(".votes")!]) resizing.observe(element);
  return () => resizing.disconnect();
}

interface RowProps extends Props {
  readonly row: VoteRow;
  /** From 1 on; the first nine are also keys. */
  readonly place: number;
}

function Row({ row, place, reports, home, away }: RowProps) {
  const { candidate, own, title, origin } = row;
  const [homeHue, awayHue] = teamHues(home, away);
  const side = origin === "" ? "both" : origin === away ? "away" : "home";
  const isDecided = candidate !== undefined && !isOpen(candidate);
  const words = ownWords(row);
  const type = reports.match.value?.actions.find((action) => action.title === title)?.type ?? 0;
  return html`
    <li
      class="vote vote-${side}"
      style=${{ "--hue": side === "away" ? awayHue : homeHue }}
      data-candidate=${candidate?.candidateId}
      data-state=${candidate?.state ?? "reported"}
      data-votes=${candidate?.votes}
      data-against=${candidate?.against}
      data-needed=${candidate?.needed}
      data-own=${own?.state}
    >
      <span class="vote-icon"><${EventIcon} type=${type} /></span>
      <div class="vote-body">
        <p class="vote-title">
          <span class="vote-what" lang=${reports.language.value}>${title}</span>
          <span class="vote-team">
            ${row.supersedes !== undefined && "Correction · "}<bdi>${origin}</bdi>
            ${dotted(origin, agoWords(reports.now.value - row.at))}
          </span>
        </p>
        ${candidate && html`<${VoteMeter} candidate=${candidate} />`}
        ${words && html`<p class="vote-own" data-tone=${words.tone}>${words.text}</p>`}
      </div>
      ${!isDecided && html`<${Voting} row=${row} place=${place} reports=${reports} />`}
    </li>
  `;
}

/** One tap to agree, one to deny; the same again takes it back. */
function Voting({ row, place, reports }: Omit<RowProps, "home" | "away">) {
  const { own } = row;
  const stands = own && own.state !== "refused" ? isFor(own) : undefined;
  const subject = subjectWords(row);
  return html`
    <div class="vote-buttons">
      <button
        class="vote-button vote-yes"
        type="button"
        data-testid="agree"
        aria-pressed=${stands === true}
        aria-keyshortcuts=${place <= 9 ? place : undefined}
        aria-label=${`Yes, it happened: ${subject}`}
        onClick=${() => reports.vote(row, true)}
      >
        <${Icon} name="done" /><span>Yes</span>
        ${place <= 9 && html`<kbd aria-hidden="true" data-key=${place}></kbd>`}
      </button>
      ${row.candidate && html`
        <button
          class="vote-button vote-no"
          type="button"
          data-testid="deny"
          aria-pressed=${stands === false}
          aria-label=${`No, it did not happen: ${subject}`}
          onClick=${() => reports.vote(row, false)}
        >
          <${Icon} name="cross" /><span>No</span>
        </button>
      `}
    </div>
  `;
}
