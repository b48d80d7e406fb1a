import { html } from "htm/preact";
import type { StatisticsRow } from "../../../../shared/event/match_statistics.ts";
import { teamHues } from "../../model/team_color.ts";
import { pluralOf } from "../../model/words.ts";
import { EventIcon } from "./event_icon.ts";

interface Props {
  readonly rows: readonly StatisticsRow[];
  /** The names of the teams. */
  readonly home: string;
  readonly away: string;
}

/** How often each action has happened for each team; the pages of viewer and studio have it beside the feed. */
export function MatchStatistics({ rows, home, away }: Props) {
  const [homeHue, awayHue] = teamHues(home, away);
  return html`
    <section class="panel statistics-panel" aria-labelledby="statistics-title">
      <header class="panel-head">
        <h2 id="statistics-title">Statistics</h2>
      </header>
      <table class="statistics" data-testid="match-statistics">
        <caption class="visually-hidden">How often each action has happened for each team</caption>
        <colgroup>
          <col />
          <col class="statistics-middle" />
          <col class="statistics-middle" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="colgroup" colspan="2" style=${{ "--hue": homeHue }}><bdi>${home}</bdi></th>
            <th scope="colgroup" colspan="2" style=${{ "--hue": awayHue }}><bdi>${away}</bdi></th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) =>
            html`
              <tr key=${row.title}>
                <${Cell} row=${row} side="home" origin=${home} hue=${homeHue} />
                <th scope="row" colspan="2">
                  <span class="statistics-action">
                    <${EventIcon} type=${row.type} /><span>${pluralOf(row.title)}</span>
                  </span>
                </th>
                <${Cell} row=${row} side="away" origin=${away} hue=${awayHue} />
              </tr>
            `
          )}
        </tbody>
      </table>
    </section>
  `;
}

interface CellProps {
  readonly row: StatisticsRow;
  readonly side: "home" | "away";
  readonly origin: string;
  readonly hue: number;
}

/** The count, and its share of both teams' as a bar. */
function Cell({ row, side, origin, hue }: CellProps) {
  const share = row[side] / Math.max(1, row.home + row.away);
  return html`
    <td
      class="statistics-${side}"
      data-action=${row.title}
      data-origin=${origin}
      data-leads=${share > 0.5}
      style=${{ "--hue": hue, "--share": share.toFixed(3) }}
    >${row[side]}</td>
  `;
}
