import { html } from "htm/preact";
import { EVENT_TYPES, type EventType } from "../../../../shared/event/event.ts";

/** Icons of 24 by 24, in the colour of the text except for cards. */
const ICONS: Readonly<Record<EventType, unknown>> = {
  goal: html`
    <circle cx="12" cy="12" r="9" />
    <path class="filled" d="m12 8 3.6 2.6-1.4 4.2H9.8l-1.4-4.2z" />
    <path d="M12 8V3.2M15.6 10.6l4.9-1.4M14.2 14.8l3 4.6M9.8 14.8l-3 4.6M8.4 10.6 3.5 9.2" />
  `,
  foul: html`
    <path d="M12.5 9H21v3h-3.4a5.5 5.5 0 1 1-5.1-3z" />
    <circle class="filled" cx="12" cy="14.5" r="1.6" />
    <path d="M7.5 6.2 6 4M11.2 5.4V3M4.6 9.2 2.4 8" />
  `,
  redCard: html`
    <rect class="red-card" x="7" y="3.5" width="10.5" height="16" rx="1.8"
      transform="rotate(8 12 12)" />
  `,
  yellowCard: html`
    <rect class="yellow-card" x="7" y="3.5" width="10.5" height="16" rx="1.8"
      transform="rotate(8 12 12)" />
  `,
  kickOff: html`
    <path d="M12 2.5v19" />
    <circle cx="12" cy="12" r="6.5" />
    <circle class="filled" cx="12" cy="12" r="1.5" />
  `,
  corner: html`
    <path d="M6 21V3.5M6 4l10.5 3.8L6 11.6" />
    <path d="M6 21h14M14 21a8 8 0 0 0-8-7" />
  `,
  offside: html`
    <path d="M5 21.5V3M5 4h14v9H5" />
    <path class="filled" d="M5 4h7v4.5H5zM12 8.5h7V13h-7z" />
  `,
  substitution: html`<path d="M8 20V5M4 9l4-4.5L12 9M16 4v15M12 15l4 4.5 4-4.5" />`,
  halfTime: html`
    <circle cx="12" cy="12" r="9" />
    <path d="M9.8 8.5v7M14.2 8.5v7" />
  `,
  fullTime: html`
    <circle cx="12" cy="12" r="9" />
    <rect class="filled" x="8.8" y="8.8" width="6.4" height="6.4" rx="1" />
  `,
  secondHalf: html`
    <circle cx="12" cy="12" r="9" />
    <path class="filled" d="m10 8 6 4-6 4z" />
  `,
  penalty: html`
    <path d="M3.5 15V5h17v10M3.5 9.5h17M8 5v6M16 5v6" />
    <circle class="filled" cx="12" cy="18.5" r="2.2" />
  `,
  save: html`
    <path
      d="M7 12V6.5a1.5 1.5 0 0 1 3 0V4.8a1.5 1.5 0 0 1 3 0v1.7a1.5 1.5 0 0 1 3 0v2a1.5 1.5 0 0 1 3 0V14a7 7 0 0 1-7 7c-3 0-4.6-1.4-6-3.8L3.6 13a1.6 1.6 0 0 1 2.6-1.8L7 12.4" />
  `,
  shot: html`
    <circle cx="7.5" cy="16.5" r="4" />
    <path d="m11.5 12.5 8-8M13.5 4.5h6v6M3 8.5h4M5.5 5h4" />
  `,
  injury: html`
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.8v8.4M7.8 12h8.4" />
  `,
  addedTime: html`
    <path d="M14.5 4.2a8.5 8.5 0 1 0 5.3 5.3" />
    <path d="M11.5 8v4.5l3 2M19 2v6M16 5h6" />
  `,
  note: html`
    <path d="M4 5h16v11H10l-4.5 4v-4H4z" />
    <path d="M8 9h8M8 12h5" />
  `,
};

const NAMES = new Map(Object.entries(EVENT_TYPES).map(([name, type]) => [type, name as EventType]));

/** The icon of an event type; an unknown type gets the icon of a note. */
export function EventIcon({ type }: { readonly type: number }) {
  const name = NAMES.get(type as typeof EVENT_TYPES[EventType]) ?? "note";
  return html`<svg class="icon icon-${name}" viewBox="0 0 24 24" aria-hidden="true">${
    ICONS[name]
  }</svg>`;
}
