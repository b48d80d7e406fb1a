import { html } from "htm/preact";

/** Icons of 24 by 24, in the colour of the text. */
const ICONS = {
  microphone: html`
    <rect x="9" y="3" width="6" height="11.5" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
  `,
  muted: html`
    <path
      d="M9 9.5V6a3 3 0 0 1 6 0v5M5.5 11.5A6.5 6.5 0 0 0 16 16.6M18.5 11.5c0 .8-.1 1.5-.4 2.2M12 18v3M4 4l16 16" />
  `,
  headphones: html`
    <path d="M4.5 15v-2.5a7.5 7.5 0 0 1 15 0V15" />
    <rect x="3.5" y="14" width="4" height="6.5" rx="1.6" />
    <rect x="16.5" y="14" width="4" height="6.5" rx="1.6" />
  `,
  screen: html`
    <rect x="3" y="4.5" width="18" height="12" rx="1.8" />
    <path d="M8.5 20h7M12 16.5V20" />
  `,
  copy: html`
    <rect x="8.5" y="8.5" width="11.5" height="11.5" rx="2" />
    <path d="M15.5 8.5V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7.5a2 2 0 0 0 2 2h2.5" />
  `,
  done: html`<path d="m5 12.5 4.5 4.5L19 7.5" />`,
  pencil:
    html`<path d="M4.5 19.5 5.6 15 16 4.6a1.9 1.9 0 0 1 2.7 0l.7.7a1.9 1.9 0 0 1 0 2.7L9 18.4z" />`,
  undo: html`<path d="M8.5 5 4.5 9l4 4M5 9h9a5 5 0 0 1 0 10h-4" />`,
  cross: html`<path d="m6.5 6.5 11 11M17.5 6.5l-11 11" />`,
  play: html`<path class="filled" d="M8 5.5v13l10.5-6.5z" />`,
  stop: html`<path class="filled" d="M7 5.5h3.4v13H7zM13.6 5.5H17v13h-3.4z" />`,
  loud: html`
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11" />
  `,
  silent: html`<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5" />`,
  out: html`
    <path
      d="M13.5 4.5H6.8A1.8 1.8 0 0 0 5 6.3v11.4a1.8 1.8 0 0 0 1.8 1.8h6.7M10.5 12H20M16.5 8l4 4-4 4" />
  `,
} as const;

export type IconName = keyof typeof ICONS;

export function Icon({ name }: { readonly name: IconName }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${ICONS[name]}</svg>`;
}
