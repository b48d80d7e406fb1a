import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { OwnState } from "../../../shared/page/page_directory.ts";
import type { OwnDesk } from "./own_desk.ts";

interface Props {
  readonly desk: OwnDesk;
}

/** What this program does at the moment: the match it listens to, and the broadcast it hosts. */
export function OwnPanels({ desk }: Props) {
  const { listening, hosting } = desk.own.value ?? {};
  if (!listening && !hosting) return null;
  return html`
    <div class="own-panels">
      ${hosting && html`<${Hosting} hosting=${hosting} desk=${desk} />`}
      ${listening && html`<${Listening} listening=${listening} desk=${desk} />`}
    </div>
  `;
}

interface ListeningProps extends Props {
  readonly listening: NonNullable<OwnState["listening"]>;
}

function Listening({ listening, desk }: ListeningProps) {
  const { broadcast: { home, away }, isOver, reason } = listening;
  const words = isOver ? reason || "The broadcast is over" : "You listen";
  return html`
    <section class="own-panel" aria-label="You listen" data-testid="listening">
      <p class="own-words">
        <strong><bdi>${home}</bdi> x <bdi>${away}</bdi></strong>
        <span>${words}</span>
      </p>
      <a class=${isOver ? "quiet-button outlined" : "button"} href="/match">Open the match</a>
      <button class="quiet-button" type="button" data-testid="leave" onClick=${() => desk.leave()}>
        ${isOver ? "Close" : "Leave"}
      </button>
    </section>
  `;
}

interface HostingProps extends Props {
  readonly hosting: NonNullable<OwnState["hosting"]>;
}

function Hosting({ hosting, desk }: HostingProps) {
  const { home, away, isOver, reason } = hosting;
  const words = isOver ? reason || "Your broadcast is over" : "You host this broadcast";
  return html`
    <section class="own-panel own-hosting" aria-label="You host" data-testid="hosting">
      <p class="own-words">
        <strong><bdi>${home}</bdi> x <bdi>${away}</bdi></strong>
        <span>${words}</span>
      </p>
      ${!isOver && html`
        <a class="button" href="/studio" target="_blank" rel="noopener" data-testid="open-studio">
          Open the studio
        </a>
      `}
      <${EndButton} desk=${desk} isOver=${isOver} />
    </section>
  `;
}

/** Asks once more: the end is for everybody who listens. */
function EndButton({ desk, isOver }: Props & { readonly isOver: boolean }) {
  const [isSure, setSure] = useState(false);
  const press = () => isOver || isSure ? desk.end() : setSure(true);
  return html`
    <button
      class=${`quiet-button end-button ${isSure && !isOver ? "end-sure" : ""}`}
      type="button"
      data-testid="end"
      onClick=${press}
      onBlur=${() => setSure(false)}
    >
      ${isOver ? "Close" : isSure ? "End for all?" : "End it"}
    </button>
  `;
}
