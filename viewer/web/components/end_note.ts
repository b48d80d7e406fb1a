import { html } from "htm/preact";
import type { PageModel } from "../model/model.ts";

/** Why nothing more comes, and what to do; nothing while the broadcast goes on, or when it ended as all do. */
export function EndNote({ model }: { readonly model: PageModel }) {
  const words = model.end.value;
  if (!words || words.advice === "") return null;
  return html`
    <section class="panel end-note" data-testid="end" aria-labelledby="end-title">
      <h2 id="end-title">${words.title}</h2>
      <p>${words.advice}</p>
    </section>
  `;
}
