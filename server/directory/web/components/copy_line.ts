import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Icon } from "../../../../viewer/web/components/common/icons.ts";

interface Props {
  /** What is copied. */
  readonly text: string;
  /** What it is, for the name of the button: `the command`. */
  readonly what: string;
  readonly testId: string;
}

type Words = "" | "Copied" | "Select it instead";
const SHOWN_MILLIS = 2500;

/** A command or a link, and the button that copies it. */
export function CopyLine({ text, what, testId }: Props) {
  const [words, setWords] = useState<Words>("");
  const copy = async () => {
    const isDone = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    setWords(isDone ? "Copied" : "Select it instead");
    setTimeout(() => setWords(""), SHOWN_MILLIS);
  };
  return html`
    <div class="copy-line">
      <code class="copy-text" data-testid=${testId} dir="ltr">${wordsOf(text)}</code>
      <button class="small-button" type="button" aria-label=${`Copy ${what}`} onClick=${copy}>
        <${Icon} name=${words === "Copied" ? "done" : "copy"} />${words || "Copy"}
      </button>
      <span class="visually-hidden" role="status">${words}</span>
    </div>
  `;
}

/** Each in an element of its own, so that lines end between them. */
function wordsOf(text: string) {
  return text.split(" ").map((word, index) =>
    html`${index > 0 && " "}<span class="copy-word" key=${index}>${word}</span>`
  );
}
