import { html } from "htm/preact";
import { useMemo, useState } from "preact/hooks";
import { encode } from "uqr";
import type { StudioModel } from "../model/model.ts";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

/** How listeners come in: the link, to copy and as a QR code, for each address of this machine. */
export function JoinPanel({ model }: { readonly model: StudioModel }) {
  const way = model.way.value;
  const ways = model.start.value?.ways ?? [];
  return html`
    <section class="panel join-panel" id="join" aria-labelledby="join-title">
      <header class="panel-head">
        <h2 id="join-title">Join</h2>
        <span class="panel-note">${accessWords(model)}</span>
      </header>
      <div class="join">
        ${way && html`<${QrCode} text=${way.link} />`}
        <div class="join-link">
          ${way && html`
            <a class="link" data-testid="studio-link" href=${way.link}>${way.link}</a>
            <${CopyButton} text=${way.link} model=${model} />
            <p class="hint">
              Listeners run <code>streamer view</code> with this link in
              quotes${model.start.value?.tokens === "own" && ", and their own token"}.
            </p>
          `}
        </div>
      </div>
      ${ways.length > 1 && html`<${Ways} model=${model} />`}
    </section>
  `;
}

/** Who may join, and whether others on the way can listen. */
function accessWords({ start }: StudioModel): string {
  if (!start.value) return "";
  const { tokens, isPlain } = start.value;
  const who = { shared: "Whoever has the link", own: "Whoever has a token", open: "Everybody" };
  return isPlain ? `${who[tokens]} · not encrypted` : who[tokens];
}

/** Modules of margin around the code, as ISO/IEC 18004 wants them. */
const QUIET_ZONE = 4;

function QrCode({ text }: { readonly text: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return html`
    <svg
      class="qr"
      data-testid="studio-qr"
      role="img"
      aria-label="The link as a QR code"
      viewBox="0 0 ${size} ${size}"
      shape-rendering="crispEdges"
    >
      <rect class="qr-light" width=${size} height=${size} />
      <path class="qr-dark" d=${path} />
    </svg>
  `;
}

function draw(text: string): { readonly size: number; readonly path: string } {
  const { data, size } = encode(text, { border: QUIET_ZONE });
  const runs = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => isDark ? [`M${x} ${y}h1v1h-1z`] : [])
  );
  return { size, path: runs.join("") };
}

interface CopyProps {
  readonly text: string;
  readonly model: StudioModel;
}

const COPIED_MILLIS = 2000;

function CopyButton({ text, model }: CopyProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    const isDone = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (!isDone) {
      return model.notify("warning", "The browser does not copy: select the link instead");
    }
    setCopied(true);
    model.announce("The link is copied");
    setTimeout(() => setCopied(false), COPIED_MILLIS);
  };
  return html`
    <button class="button" type="button" data-testid="copy-link" onClick=${copy}>
      <${Icon} name=${isCopied ? "done" : "copy"} />${isCopied ? "Copied" : "Copy link"}
    </button>
  `;
}

/** All addresses; the one that is chosen is in link and code. */
function Ways({ model }: { readonly model: StudioModel }) {
  const ways = model.start.value?.ways ?? [];
  const chosen = model.way.value?.address;
  return html`
    <fieldset class="ways">
      <legend>At which address</legend>
      ${ways.map(({ address }) =>
        html`
          <label class="check" key=${address}>
            <input
              type="radio"
              name="way"
              checked=${address === chosen}
              onChange=${() => model.chosenAddress.value = address}
            />
            <span>${address}</span>
          </label>
        `
      )}
    </fieldset>
  `;
}
