/**
 * server/studio/web/components: what the studio's page shows.
 *
 * Components read the signals of ../model/model.ts and of the capture engine (../media/media_desk.ts) and write HTML;
 * what is pressed goes to the desks. This file is the whole page: at the top how it is with the broadcast, then
 * the match (board.ts, match_panel.ts, candidate_panel.ts, timeline_panel.ts), sound and screen, and who listens (join_panel.ts,
 * listener_panel.ts). dialogs.ts asks before something is done, notices.ts shows what the host says. The scoreboard,
 * the statistics and the icons of events are the viewer's. The next file to read is match_panel.ts.
 */
import { html } from "htm/preact";
import { Brand } from "../../../../viewer/web/components/brand.ts";
import { MatchStatistics } from "../../../../viewer/web/components/common/match_statistics.ts";
import type { StudioModel } from "../model/model.ts";
import { pillWords } from "../model/words.ts";
import { Board } from "./board.ts";
import { CandidatePanel } from "./candidate_panel.ts";
import { Dialogs } from "./dialogs.ts";
import { JoinPanel } from "./join_panel.ts";
import { ListenerPanel } from "./listener_panel.ts";
import { MatchPanel } from "./match_panel.ts";
import { Notices } from "./notices.ts";
import { ScreenPanel } from "./screen_panel.ts";
import type { StudioProps } from "./props.ts";
import { SoundPanel } from "./sound_panel.ts";
import { TimelinePanel } from "./timeline_panel.ts";

/** The whole page. */
export function App({ model, desk, media }: StudioProps) {
  return html`
    <a class="skip-link" href="#timeline">Skip to the timeline</a>
    <header class="top">
      <${Brand} name="Streamer studio" />
      <${Banner} model=${model} desk=${desk} />
      <${Pill} model=${model} />
    </header>
    <main
      class=${`studio ${model.isKnown.value ? "" : "arriving"}`} data-can-act=${model.canAct.value}>
      <h1 class="visually-hidden">${model.home.value} x ${model.away.value}: the studio</h1>
      <div class="studio-match">
        <${Board} model=${model} desk=${desk} />
        <${MatchPanel} model=${model} desk=${desk} />
        <${CandidatePanel} model=${model} desk=${desk} />
        <div class="studio-feed">
          <${TimelinePanel} model=${model} desk=${desk} />
          <${MatchStatistics} rows=${model.match.value?.statistics ?? []} home=${model.home.value}
            away=${model.away.value} />
        </div>
      </div>
      <div class="studio-media">
        <${SoundPanel} model=${model} media=${media} />
        <${ScreenPanel} model=${model} media=${media} />
      </div>
      <div class="studio-crowd">
        <${JoinPanel} model=${model} />
        <${ListenerPanel} model=${model} />
      </div>
    </main>
    <${Notices} model=${model} />
    <${Dialogs} model=${model} desk=${desk} />
    <p class="visually-hidden" role="status" aria-live="polite">${model.announcement.value}</p>
  `;
}

/** How it is with the broadcast, in a word. */
function Pill({ model }: { readonly model: StudioModel }) {
  const { tone, title, detail } = pillWords({
    link: model.link.value,
    isKnown: model.start.value !== null,
    ending: model.ending.value,
    isDriving: model.driving.value.isDriving,
    channels: model.channels.value,
    listeners: model.listeners.value?.total ?? 0,
    now: model.now.value,
  });
  return html`
    <p class="pill" data-testid="connection" data-tone=${tone} data-link=${model.link.value.state}>
      <span class="pill-dot" aria-hidden="true"></span>
      <strong>${title}</strong>${" "}
      <span class="pill-detail">${detail}</span>
    </p>
  `;
}

/** Why nothing that is pressed has an effect, and what to do about it. */
function Banner({ model, desk }: Pick<StudioProps, "model" | "desk">) {
  if (model.ending.value !== "") {
    return html`
      <p class="banner" role="status">
        <span><strong>The broadcast is over.</strong> ${model.ending.value}</span>
      </p>
    `;
  }
  if (model.link.value.state === "lost") {
    return html`
      <p class="banner" data-tone="bad" role="status">
        <span>
          <strong>The host is gone.</strong> This page looks for it again. If the program has ended,
          start it, and open the address that it prints.
        </span>
      </p>
    `;
  }
  const { isDriving, isOther } = model.driving.value;
  if (!model.isInTouch.value || isDriving) return null;
  const why = isOther ? "Another page drives this broadcast." : "No page drives this broadcast.";
  return html`
    <div class="banner banner-late" role="status">
      <span><strong>${why}</strong> Here you only see what goes on.</span>
      <button class="button" type="button" data-testid="take-over" onClick=${() => desk.takeOver()}>
        Take over
      </button>
    </div>
  `;
}
