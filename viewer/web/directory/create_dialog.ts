import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CreateWish } from "../../../shared/page/page_directory.ts";
import type { OwnDesk } from "./own_desk.ts";

type Submit = SubmitEvent & { readonly currentTarget: HTMLFormElement };

const USUAL_SEATS = 100;
const SPORTS = ["Football", "Futsal", "Basketball", "Volleyball", "Handball", "Rugby", "Hockey"];
const LONGEST = { team: 40, title: 120, sport: 40 };

/** Asks what is to be created; what was typed stays when it is refused. */
export function CreateDialog({ desk }: { readonly desk: OwnDesk }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState("");
  const [isLater, setLater] = useState(false);
  useEffect(() => dialog.current!.showModal(), []);
  const onSubmit = async (event: Submit) => {
    event.preventDefault();
    if (desk.isAsking.peek()) return;
    setWrong("");
    const problem = await desk.create(readWish(new FormData(event.currentTarget)));
    setWrong(problem);
    if (problem === "") dialog.current?.close();
  };
  return html`
    <dialog
      class="dialog create-dialog"
      data-testid="create-dialog"
      aria-labelledby="create-title"
      ref=${dialog}
      onClose=${() => desk.isCreating.value = false}
    >
      <form onSubmit=${onSubmit}>
        <h2 id="create-title">Create a broadcast</h2>
        <p class="hint">This machine hosts it. Its studio has microphone, screen and the match.</p>
        <div class="dialog-fields">
          <${Field} name="home" label="Home team" max=${LONGEST.team} isRequired />
          <${Field} name="away" label="Away team" max=${LONGEST.team} isRequired />
          <${Field} name="title" label="Title, if it has one" max=${LONGEST.title} isWide />
          <${Field} name="sport" label="Sport" max=${LONGEST.sport} value=${SPORTS[0]} list="sports"
            isRequired />
          <label class="labelled">
            Seats
            <input class="field" name="seats" type="number" min="1" max="100000" required
              inputmode="numeric" defaultValue=${String(USUAL_SEATS)} />
          </label>
          <label class="check dialog-wide">
            <input type="checkbox" name="later" checked=${isLater}
              onChange=${() => setLater(!isLater)} />
            <span>It begins later</span>
          </label>
          ${isLater && html`
            <label class="labelled dialog-wide">
              Begins at
              <input class="field" name="startsAt" type="datetime-local" required />
            </label>
          `}
          <label class="check dialog-wide">
            <input type="checkbox" name="unlisted" />
            <span>Not in the list: only those with the link find it</span>
          </label>
        </div>
        <datalist id="sports">${SPORTS.map((sport) => html`<option value=${sport} />`)}</datalist>
        <p class="dialog-wrong" role="alert">${wrong}</p>
        <div class="dialog-buttons">
          <button class="quiet-button outlined" type="button" onClick=${() =>
            dialog.current!.close()}>
            Cancel
          </button>
          <button class="button" type="submit" data-testid="create-confirm"
            aria-disabled=${desk.isAsking.value}>
            ${desk.isAsking.value ? "Creating" : "Create"}
          </button>
        </div>
      </form>
    </dialog>
  `;
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly max: number;
  readonly value?: string;
  readonly list?: string;
  readonly isRequired?: boolean;
  readonly isWide?: boolean;
}

function Field({ name, label, max, value, list, isRequired, isWide }: FieldProps) {
  return html`
    <label class=${`labelled ${isWide ? "dialog-wide" : ""}`}>
      ${label}
      <input
        class="field"
        name=${name}
        maxlength=${max}
        required=${isRequired}
        list=${list}
        dir="auto"
        autocomplete="off"
        data-testid=${`create-${name}`}
        defaultValue=${value ?? ""}
      />
    </label>
  `;
}

/** The values of the form; the program checks them. */
export function readWish(values: FormData): CreateWish {
  const text = (name: string) => String(values.get(name) ?? "").trim();
  const [home, away] = [text("home"), text("away")];
  const startsAt = text("startsAt");
  return {
    home,
    away,
    title: text("title") || `${home} x ${away}`,
    sport: text("sport"),
    seats: Number(text("seats")),
    visibility: values.get("unlisted") === null ? "public" : "unlisted",
    // A time without a zone is that of this machine (ECMA-262, Date Time String Format).
    ...(startsAt !== "" && { startsAt: new Date(startsAt).getTime() }),
  };
}
