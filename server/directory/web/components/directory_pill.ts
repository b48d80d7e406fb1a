import { html } from "htm/preact";
import type { DirectoryModel } from "../model/model.ts";
import { pillWords } from "../model/words.ts";

/** Whether the list is as it is at the directory, in a word. */
export function DirectoryPill({ model }: { readonly model: DirectoryModel }) {
  const { tone, title, detail } = pillWords(model.link.value, model.now.value);
  return html`
    <p class="pill" data-testid="connection" data-tone=${tone} data-link=${model.link.value.state}>
      <span class="pill-dot" aria-hidden="true"></span>
      <strong>${title}</strong>
      ${detail && html`<span class="pill-detail">${detail}</span>`}
    </p>
  `;
}
