import { html } from "htm/preact";
import type { PageModel } from "../model/model.ts";
import { connectionWords } from "../model/words.ts";

/** The state of the connection between page, viewer and host: a word, a colour, a detail. */
export function ConnectionPill({ model }: { readonly model: PageModel }) {
  const { tone, title, detail } = connectionWords(
    model.link.value,
    model.connection.value,
    model.now.value,
    model.end.value?.title,
  );
  return html`
    <p
      class="pill"
      data-testid="connection"
      data-tone=${tone}
      data-link=${model.link.value.state}
      data-state=${model.connection.value?.state ?? "unknown"}
    >
      <span class="pill-dot" aria-hidden="true"></span>
      <strong>${title}</strong>${" "}
      <span class="pill-detail pill-server">${detail}</span>
    </p>
  `;
}
