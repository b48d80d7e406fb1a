import { html } from "htm/preact";
import type { Broadcast } from "../../../../shared/directory/forms.ts";
import type { WallMillis } from "../../../../shared/core/units.ts";
import { teamHues, teamInitials } from "../../../../viewer/web/model/team_color.ts";
import { matchName, scoreParts, seatWords, stateWords, titleSaysMore } from "../model/words.ts";

/** The buttons of a broadcast. */
export type CardActions = (broadcast: Broadcast) => unknown;

interface Props {
  readonly broadcast: Broadcast;
  readonly now: WallMillis;
  readonly actions: CardActions;
}

/** One broadcast: how it stands, who hosts it, and its buttons. */
export function BroadcastCard({ broadcast, now, actions }: Props) {
  const { id, state, clock, sport, title, home, away, host, seatsFree } = broadcast;
  const { tone, word } = stateWords(broadcast, now);
  const [homeHue, awayHue] = teamHues(home, away);
  const [homeScore, awayScore] = scoreParts(broadcast.score) ?? [];
  const saysMore = titleSaysMore(broadcast);
  return html`
    <li class="card" data-testid="broadcast" data-id=${id} data-state=${state}>
      <p class="card-top">
        <span class="card-state" data-tone=${tone}>${word}</span>
        <span class="card-clock" data-testid="clock">${state === "soon" ? "" : clock ?? ""}</span>
        <bdi class="card-sport">${sport}</bdi>
      </p>
      <h3 class=${saysMore ? "card-title" : "visually-hidden"}><bdi>${title}</bdi></h3>
      <div class="card-teams">
        <${Team} name=${home} hue=${homeHue} score=${homeScore} />
        <${Team} name=${away} hue=${awayHue} score=${awayScore} />
        <p class="visually-hidden">${scoreWords(broadcast)}</p>
        <p class="visually-hidden" data-testid="score" aria-hidden="true">${broadcast.score ??
          "–"}</p>
      </div>
      <div class="card-foot">
        <p class="card-facts">
          <span>Host <bdi>${host.name}</bdi></span>
          <span class=${seatsFree === 0 ? "card-full" : ""}>${seatWords(broadcast)}</span>
        </p>
        <span class="card-actions">${state !== "ended" && actions(broadcast)}</span>
      </div>
    </li>
  `;
}

interface TeamProps {
  readonly name: string;
  readonly hue: number;
  readonly score: string | undefined;
}

/** A team with its part of the score; after a goal the digit pulses once. */
function Team({ name, hue, score }: TeamProps) {
  return html`
    <p class="card-team" style=${{ "--hue": hue }}>
      <span class="card-badge" aria-hidden="true"><bdi>${teamInitials(name)}</bdi></span>
      <bdi class="card-name">${name}</bdi>
      <span class="card-score" aria-hidden="true">
        ${score !== undefined && html`<span class="digit" key=${score}>${score}</span>`}
      </span>
    </p>
  `;
}

function scoreWords(broadcast: Broadcast): string {
  return broadcast.score === null ? "No score yet" : `${matchName(broadcast)}: ${broadcast.score}`;
}
