import { type Signal, signal } from "@preact/signals";

/** Shows one element on the whole display, and back: by a button, a double click, or the key F. */
export class FullScreen {
  readonly isOn: Signal<boolean> = signal(false);
  /** Not every browser can: on iPhones only a video may fill the display. */
  readonly isPossible: boolean;
  readonly #document: Document;
  #element: HTMLElement | undefined;

  constructor(page: Document) {
    this.#document = page;
    this.isPossible = page.fullscreenEnabled === true;
    page.addEventListener("fullscreenchange", () => {
      this.isOn.value = page.fullscreenElement !== null;
    });
    page.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** This element is shown from now on. @returns a function that ends that. */
  attach(element: HTMLElement): () => void {
    this.#element = element;
    return () => this.#element = undefined;
  }

  toggle(): void {
    if (!this.isPossible || !this.#element) return;
    // A browser may refuse; then nothing changes.
    const change = this.#document.fullscreenElement
      ? this.#document.exitFullscreen()
      : this.#element.requestFullscreen({ navigationUI: "hide" });
    change.catch(() => {});
  }

  #onKey(event: KeyboardEvent): void {
    const { key, altKey, ctrlKey, metaKey, repeat, target } = event;
    if (key.toLowerCase() !== "f" || altKey || ctrlKey || metaKey || repeat) return;
    if (target instanceof Element && target.closest(TEXT_FIELDS)) return;
    this.toggle();
  }
}

/** Where the letter is text. */
const TEXT_FIELDS = "input:not([type=range]), textarea, select, [contenteditable]";
