import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  /** The name of the button that does it. */
  readonly verb: string;
  /** Its test id. */
  readonly testId: string;
  readonly isDangerous?: boolean;
  /** @returns what is wrong, and the dialog stays with what was typed; "" when it is done. */
  readonly onSubmit: (values: FormData) => string;
  readonly children?: unknown;
}

type Submit = SubmitEvent & { readonly currentTarget: HTMLFormElement };

/** Asks before something is done. The browser keeps the focus in it, and gives it back afterwards. */
export function Dialog(props: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => dialog.current!.showModal(), []);
  const onSubmit = (event: Submit) => {
    event.preventDefault();
    const wrong = props.onSubmit(new FormData(event.currentTarget));
    setWrong(wrong);
    if (wrong === "") dialog.current!.close();
  };
  return html`
    <dialog class="dialog" aria-labelledby="dialog-title" ref=${dialog} onClose=${props.onClose}>
      <form onSubmit=${onSubmit}>
        <h2 id="dialog-title">${props.title}</h2>
        ${props.children}
        <p class="dialog-wrong" role="alert">${wrong}</p>
        <div class="dialog-buttons">
          <button class="quiet-button outlined" type="button" onClick=${() =>
            dialog.current!.close()}>
            Cancel
          </button>
          <button
            class="button ${props.isDangerous ? "button-bad" : ""}"
            type="submit"
            data-testid=${props.testId}
          >
            ${props.verb}
          </button>
        </div>
      </form>
    </dialog>
  `;
}
