import { html } from "htm/preact";
import { type DirectoryPlace, serveCommand, viewCommand } from "../model/join_words.ts";
import { CopyLine } from "./copy_line.ts";

/** How one creates a broadcast: with the program, since a page can't. */
export function HowPanel({ place }: { readonly place: DirectoryPlace }) {
  return html`
    <aside class="directory-side" aria-labelledby="how-title">
      <div class="panel how-panel" data-testid="create">
        <header class="panel-head">
          <h2 id="how-title">Create a broadcast</h2>
        </header>
        <p>With this page as your own: search, join and create at the press of a button.</p>
        <${CopyLine} text=${viewCommand(place)} what="the command for a page of your own"
          testId="view-command" />
        <p>Or at once, with your match in it:</p>
        <${CopyLine} text=${serveCommand(place)} what="the command that creates"
          testId="serve-command" />
        <p class="hint">
        The program makes a key for you when it first runs, and shows your name to
        others:${" "}<code>--name</code> sets it.
      </p>
      </div>
    </aside>
  `;
}
