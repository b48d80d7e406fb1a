/**
 * viewer/web/components: what the page shows.
 *
 * Components read the signals of model/model.ts and of player/player.ts and write HTML; clicks go to the
 * player. None keeps state of its own or does I/O. This file is the whole page: a connection pill and the
 * scoreboard, then the host's screen, what whoever may report presses (reporting/), the timeline and live data, the
 * sound bar, the match's statistics, and the network panel with a ledger block for each channel and a chart. What the
 * broadcast does not have is left out. common/ has what other pages show, too. The next file to read is
 * scoreboard_panel.ts.
 */
import { html } from "htm/preact";
import type { PageModel } from "../model/model.ts";
import type { Player } from "../player/player.ts";
import type { LiveDataPlayer } from "../data/live_data.ts";
import { Brand } from "./brand.ts";
import { ConnectionPill } from "./connection_pill.ts";
import { DataPanel } from "./data_panel.ts";
import { EndNote } from "./end_note.ts";
import { MatchStatistics } from "./common/match_statistics.ts";
import { NetworkPanel } from "./network_panel.ts";
import type { FullScreen } from "../screen/full_screen.ts";
import type { ScreenPlayer } from "../screen/screen_player.ts";
import type { ReportModel } from "../reports/report_model.ts";
import { CorrectDialog } from "./reporting/correct_dialog.ts";
import { ReportPanel } from "./reporting/report_panel.ts";
import { ScoreboardPanel } from "./scoreboard_panel.ts";
import { ScreenPanel } from "./screen_panel.ts";
import { SoundBar } from "./sound_bar.ts";
import { TimelinePanel } from "./timeline_panel.ts";

interface Props {
  readonly model: PageModel;
  readonly player: Player;
  readonly screen: ScreenPlayer;
  readonly fullScreen: FullScreen;
  readonly live: LiveDataPlayer;
  readonly reports: ReportModel;
  /** The page on which other broadcasts are found; undefined when there is none. */
  readonly directory?: string;
}

/** The whole page. */
export function App({ model, player, screen, fullScreen, live, reports, directory }: Props) {
  const hasEvents = model.hasEvents.value;
  const hasScreen = model.screen.value !== null;
  const hasData = model.data.value !== null;
  return html`
    ${hasEvents && html`<a class="skip-link" href="#timeline">Skip to the timeline</a>`}
    <header class="top">
      <${Brand} name="Streamer" />
      ${directory !== undefined && html`
        <a class="quiet-button way-back" href=${directory}>All matches</a>
      `}
      <${Beside} model=${model} />
      <${ConnectionPill} model=${model} />
    </header>
    <main class=${model.isKnown.value ? "" : "arriving"}>
      <h1 class="visually-hidden">${titleOf(model)}</h1>
      <${EndNote} model=${model} />
      ${model.hasMatch.value && html`<${ScoreboardPanel} model=${model} />`}
      <div class="columns ${hasEvents ? "" : "columns-wide"}">
        ${(hasScreen || hasData || hasEvents) && html`
          <div class="lead">
            ${hasScreen && html`
              <${ScreenPanel} model=${model} screen=${screen} fullScreen=${fullScreen} />
            `}
            <${ReportPanel} model=${model} reports=${reports} />
            ${hasEvents && html`<${TimelinePanel} model=${model} reports=${reports} />`}
            ${hasData && html`<${DataPanel} model=${model} live=${live} />`}
          </div>
        `}
        <div class="side">
          ${model.hasSound.value && html`<${SoundBar} model=${model} player=${player} />`}
          ${hasEvents && html`
            <${MatchStatistics} rows=${model.statistics.value} home=${model.home.value}
              away=${model.away.value} />
          `}
          <${NetworkPanel} model=${model} />
        </div>
      </div>
    </main>
    <${CorrectDialog} reports=${reports} />
    <${Announcer} model=${model} />
  `;
}

/** A link to what else is served here. */
function Beside({ model }: { readonly model: PageModel }) {
  const beside = model.beside.value;
  return beside && html`
    <a class="quiet-button way-back" data-testid="beside" href=${beside.path}>${beside.title}</a>
  `;
}

function titleOf(model: PageModel): string {
  return model.hasMatch.value ? `${model.home.value} x ${model.away.value}` : "A live broadcast";
}

/** Announces goals and connection changes to screen readers, without taking the focus. */
function Announcer({ model }: { readonly model: PageModel }) {
  return html`
    <p class="visually-hidden" role="status" aria-live="polite">${model.announcement.value}</p>
  `;
}
