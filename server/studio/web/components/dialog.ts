import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  /** The name of the button that does it. */
  readonly verb: string;
  /** Its test id. */
  readonly testId: string;
  readonly isDangerous?: boolean;
  readonly onSubmit: (values: FormData) => void;
  readonly children?: unknown;
}

type Submit = SubmitEvent & { readonly currentTarget: HTMLFormElement };

/** Asks before something is done. The browser keeps the focus in it, and gives it back afterwards. */
export function Dialog(props: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  const onSubmit = (event: Submit) => {
    event.preventDefault();
    props.onSubmit(new FormData(event.currentTarget));
    dialog.current!.close();
  };
  return html`
    <dialog class="dialog" aria-labelledby="dialog-title" ref=${dialog} onClose=${props.onClose}>
      <form onSubmit=${onSubmit}>
        <h2 id="dialog-title">${props.title}</h2>
        ${props.children}
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
