import type { ReadonlySignal } from "@preact/signals";
import { html } from "htm/preact";
import type { Scoreboard } from "../../../shared/page/page.ts";
import { teamHues, teamInitials } from "../model/team_color.ts";
import { periodWords, STATUS_WORDS } from "../model/words.ts";

/** What the scoreboard shows; the models of viewer and studio have it. */
export interface ScoreboardModel {
  /** null while unknown. */
  readonly scoreboard: ReadonlySignal<Scoreboard | null>;
  readonly isKnown: ReadonlySignal<boolean>;
  /** Whether what is shown is of now. */
  readonly isInTouch: ReadonlySignal<boolean>;
  readonly home: ReadonlySignal<string>;
  readonly away: ReadonlySignal<string>;
  /** The match clock now, `MM:SS`. */
  readonly clock: ReadonlySignal<string>;
}

/** Teams, score, clock and status. */
export function ScoreboardPanel({ model }: { readonly model: ScoreboardModel }) {
  const scoreboard = model.scoreboard.value;
  const known = model.isKnown.value;
  const [home, away] = [model.home.value, model.away.value];
  const [homeHue, awayHue] = teamHues(home, away);
  return html`
    <section
      class="scoreboard"
      aria-label="Scoreboard"
      aria-busy=${!known}
      style=${{ "--home-hue": homeHue, "--away-hue": awayHue }}
    >
      <div class="scoreboard-teams">
        <${Team} side="home" name=${home} hue=${homeHue} known=${known} />
        <div class="scoreboard-middle">
          <${Status} scoreboard=${scoreboard} isInTouch=${model.isInTouch.value} />
          <p class="visually-hidden">${scoreWords(scoreboard, home, away)}</p>
          <p class="score" data-testid="score" aria-hidden="true">
            <${Digits} scoreboard=${scoreboard} />
          </p>
          <p class="clock-line">
            <span class="clock" data-testid="clock">${model.clock.value || "–:–"}</span>
          </p>
        </div>
        <${Team} side="away" name=${away} hue=${awayHue} known=${known} />
      </div>
    </section>
  `;
}

interface TeamProps {
  readonly side: "home" | "away";
  readonly name: string;
  readonly hue: number;
  readonly known: boolean;
}

function Team({ side, name, hue, known }: TeamProps) {
  return html`
    <div class="team team-${side}" style=${{ "--hue": hue }}>
      <span class="badge ${known ? "" : "skeleton"}" aria-hidden="true">${known
        ? teamInitials(name)
        : ""}</span>
      <h2 class="team-name ${known ? "" : "skeleton"}"><bdi>${name}</bdi></h2>
    </div>
  `;
}

/** The score as `2 x 1`; after a goal the changed digit pulses once. */
function Digits({ scoreboard }: { readonly scoreboard: Scoreboard | null }) {
  const score = scoreboard?.score;
  if (!score) {
    return html`<span class="digit">–</span> <span class="times">x</span> <span class="digit">–</span>`;
  }
  const [home, away] = score;
  return html`
    <span class="digit" key=${`home${home}`}>${home}</span>${" "}<span
      class="times">x</span>${" "}<span
      class="digit"
      key=${`away${away}`}
    >${away}</span>
  `;
}

interface StatusProps {
  readonly scoreboard: Scoreboard | null;
  readonly isInTouch: boolean;
}

/** Without a connection to the host the score is not shown as live. */
function Status({ scoreboard, isInTouch }: StatusProps) {
  const status = scoreboard?.status ?? "waiting";
  const isLive = status === "live" && isInTouch;
  const word = status === "live" && !isInTouch ? "Last known" : STATUS_WORDS[status];
  const period = status === "live" ? periodWords(scoreboard?.clock.period ?? 0) : "";
  return html`
    <p class="status ${isLive ? "status-live" : ""}" data-status=${status}>
      <span class="status-word">${word}</span>
      ${period && html`<span class="status-period">${period}</span>`}
    </p>
  `;
}

function scoreWords(scoreboard: Scoreboard | null, home: string, away: string): string {
  const score = scoreboard?.score;
  return score ? `${home} ${score[0]}, ${away} ${score[1]}` : "Score not known yet";
}
