import { html } from "htm/preact";

/** The mark and the name at the top of every page. */
export function Brand({ name }: { readonly name: string }) {
  return html`
    <p class="brand">
      <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
        <path
          d="M7 16a6 6 0 0 1 0-8M17 8a6 6 0 0 1 0 8M4.2 18.8a10 10 0 0 1 0-13.6M19.8 5.2a10 10 0 0 1 0 13.6" />
        <circle cx="12" cy="12" r="2" />
      </svg>
      <span class="brand-name">${name}</span>
    </p>
  `;
}
