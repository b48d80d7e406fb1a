import { html } from "htm/preact";
import type { ListKeeper } from "../model/list_keeper.ts";
import type { DirectoryModel } from "../model/model.ts";

interface Props {
  readonly model: DirectoryModel;
  readonly keeper: ListKeeper;
  /** What stands beside the heading. */
  readonly children?: unknown;
}

type Typed = InputEvent & { readonly currentTarget: HTMLInputElement };

/** As long as a directory takes. */
const LONGEST_QUERY = 200;

/** The heading, and the search, which finds as one types. */
export function SearchBox({ model, keeper, children }: Props) {
  return html`
    <div class="finder">
      <div class="finder-head">
        <h1>Find a match</h1>
        ${children}
      </div>
      <search class="finder-field">
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="10.5" cy="10.5" r="6" />
          <path d="m15 15 5 5" />
        </svg>
        <input
          type="search"
          data-testid="search"
          aria-label="Search for a team, a title or a sport"
          placeholder="Team, title or sport"
          autocomplete="off"
          autocapitalize="off"
          spellcheck=${false}
          enterkeyhint="search"
          maxlength=${LONGEST_QUERY}
          value=${model.query.value}
          onInput=${({ currentTarget }: Typed) => keeper.search(currentTarget.value)}
        />
      </search>
    </div>
  `;
}
