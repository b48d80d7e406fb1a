import { html } from "htm/preact";
import type { StudioModel } from "../model/model.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

/** What the host says, over the page's lower edge, so that nothing moves. */
export function Notices({ model }: { readonly model: StudioModel }) {
  return html`
    <div class="notices" data-testid="notices" role="log" aria-live="polite" aria-label="Notices">
      ${model.notices.value.map(({ key, level, text }) =>
        html`
          <p key=${key} class="notice" data-level=${level}>
            <span>${text}</span>
            <button
              class="icon-button"
              type="button"
              aria-label="Close the notice"
              onClick=${() => model.dismiss(key)}
            >
              <${Icon} name="cross" />
            </button>
          </p>
        `
      )}
    </div>
  `;
}
