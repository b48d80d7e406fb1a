import { html } from "htm/preact";
import { type KeyedAction, keyLabel, keyShortcut } from "../../model/keys.ts";
import { teamHues } from "../../model/team_color.ts";
import { EventIcon } from "./event_icon.ts";

/** An action; those of the studio also say what they add to the score. */
export interface ButtonAction extends KeyedAction {
  readonly points?: number;
}

interface Props {
  readonly testId: string;
  /** Of the titles. */
  readonly language?: string | undefined;
  readonly actions: readonly ButtonAction[];
  /** The names of the teams. */
  readonly home: string;
  readonly away: string;
  /** Whether a press has no effect. */
  readonly isIdle: boolean;
  /** @param origin a team's name; "" for an action of both. */
  readonly onPress: (title: string, origin: string) => void;
}

/** A button for each thing that can happen, for each team. */
export function EventButtons(props: Props) {
  const { testId, language, actions, home, away } = props;
  const [homeHue, awayHue] = teamHues(home, away);
  const ofTeam = actions.filter(({ both }) => !both);
  const ofBoth = actions.filter(({ both }) => both);
  return html`
    <div class="event-buttons" data-testid=${testId} lang=${language}>
      <${Buttons} ...${props} actions=${ofTeam} origin=${home} side="home" hue=${homeHue} />
      <${Buttons} ...${props} actions=${ofTeam} origin=${away} side="away" hue=${awayHue} />
      ${ofBoth.length > 0 && html`
        <${Buttons} ...${props} actions=${ofBoth} origin="" side="both" hue=${0} />
      `}
    </div>
  `;
}

interface ButtonsProps extends Props {
  readonly origin: string;
  readonly side: "home" | "away" | "both";
  readonly hue: number;
}

function Buttons({ actions, origin, side, hue, isIdle, onPress }: ButtonsProps) {
  const isAway = side === "away";
  return html`
    <div
      class="team-buttons team-buttons-${side}"
      role="group"
      aria-label=${origin || "Both teams"}
      style=${{ "--hue": hue }}
    >
      ${origin && html`<h3>${origin}</h3>`}
      ${actions.map((action) =>
        html`
          <button
            key=${action.title}
            class="event-button"
            type="button"
            data-action=${action.title}
            data-origin=${origin}
            data-points=${action.points}
            aria-disabled=${isIdle}
            aria-keyshortcuts=${keyShortcut(action, isAway)}
            onClick=${() => onPress(action.title, origin)}
          >
            <${EventIcon} type=${action.type} />
            <span class="event-name">${action.title}</span>
            <kbd aria-hidden="true">${keyLabel(action, isAway)}</kbd>
          </button>
        `
      )}
    </div>
  `;
}
