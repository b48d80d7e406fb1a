import { html } from "htm/preact";
import { isOpen } from "../../../../shared/report/candidate_list.ts";
import type { Candidate } from "../../../../shared/report/report.ts";
import { plural } from "../../../../shared/text/plural.ts";
import { EventIcon } from "../../../../viewer/web/components/common/event_icon.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";
import { VoteMeter } from "../../../../viewer/web/components/common/vote_meter.ts";
import { teamHues } from "../../../../viewer/web/model/team_color.ts";
import { agoWords, dotted, subjectWords } from "../../../../viewer/web/reports/report_words.ts";
import type { StudioProps } from "./props.ts";

type Props = Pick<StudioProps, "model" | "desk">;

/** What the stands report, which the host may confirm or reject at once; null when no listener may report. */
export function CandidatePanel({ model, desk }: Props) {
  const told = model.candidates.value;
  if (!told) return null;
  const candidates = model.shownCandidates.value;
  const reporters = told.candidates.at(-1)?.reporters ?? 0;
  return html`
    <section class="panel candidate-panel" aria-labelledby="candidates-title">
      <header class="panel-head">
        <h2 id="candidates-title">From the stands</h2>
        <span class="panel-note">${reporters > 0 && plural(reporters, "reporter")}</span>
      </header>
      <div class="votes-scroll" tabindex="0" role="region" aria-label="What the stands report">
        ${candidates.length === 0 && html`
          <p class="votes-empty">
            <strong>Nothing is voted on</strong>
            What listeners report appears here. Once enough agree, it goes out by itself.
          </p>
        `}
        <ul class="votes" role="list" data-testid="candidates">
          ${candidates.map((candidate) =>
            html`
              <${Row} key=${candidate.candidateId} candidate=${candidate} model=${model}
                desk=${desk} />
            `
          )}
        </ul>
      </div>
    </section>
  `;
}

interface RowProps extends Props {
  readonly candidate: Candidate;
}

function Row({ candidate, model, desk }: RowProps) {
  const { candidateId, title, origin, state, votes, against, needed, supersedes } = candidate;
  const [homeHue, awayHue] = teamHues(model.home.value, model.away.value);
  const side = origin === "" ? "both" : origin === model.away.value ? "away" : "home";
  const { actions = [], language } = model.setup.value ?? {};
  const type = actions.find((action) => action.title === title)?.type ?? 0;
  return html`
    <li
      class="vote vote-${side}"
      style=${{ "--hue": side === "away" ? awayHue : homeHue }}
      data-candidate=${candidateId}
      data-state=${state}
      data-votes=${votes}
      data-against=${against}
      data-needed=${needed}
    >
      <span class="vote-icon"><${EventIcon} type=${type} /></span>
      <div class="vote-body">
        <p class="vote-title">
          <span class="vote-what" lang=${language}>${title}</span>
          <span class="vote-team">
            ${supersedes !== undefined && "Correction · "}<bdi>${origin}</bdi>
            ${dotted(origin, agoWords(model.ageOf(candidate)))}
          </span>
        </p>
        <${VoteMeter} candidate=${candidate} />
      </div>
      ${isOpen(candidate) &&
        html`<${Deciding} candidate=${candidate} model=${model} desk=${desk} />`}
    </li>
  `;
}

function Deciding({ candidate, model, desk }: RowProps) {
  const { candidateId } = candidate;
  const subject = subjectWords(candidate);
  return html`
    <div class="vote-buttons">
      <button
        class="vote-button vote-yes"
        type="button"
        data-testid="confirm"
        aria-disabled=${!model.canAct.value}
        aria-label=${`Confirm: ${subject}`}
        onClick=${() => desk.decide(candidateId, true)}
      >
        <${Icon} name="done" /><span>Confirm</span>
      </button>
      <button
        class="vote-button vote-no"
        type="button"
        data-testid="reject"
        aria-disabled=${!model.canAct.value}
        aria-label=${`Reject: ${subject}`}
        onClick=${() => desk.decide(candidateId, false)}
      >
        <${Icon} name="cross" /><span>Reject</span>
      </button>
    </div>
  `;
}
