import {
  MAX_TEXT_CHARACTERS,
  serializeStudioMessage,
  type StudioToPage,
} from "../../../shared/studio/studio_messages.ts";

/** The most messages that wait for a page; a page that is so slow is better asked for less. */
const MAX_WAITING = 256;

/** Of these the newest one says everything. */
const STATES: ReadonlySet<StudioToPage["kind"]> = new Set([
  "studio",
  "driving",
  "match-setup",
  "match-state",
  "media",
  "listeners",
  "counts",
  "candidates",
]);

export interface PageQueueOptions {
  /** The page's own name for itself, the same after it was loaded again; undefined when it has none. */
  readonly name: string | undefined;
  /** Called when there is a message again after there was none. */
  readonly onReady: () => void;
  /** Called when a message was left out because too many wait. */
  readonly onDrop: () => void;
}

/** The messages that wait for one page. The owner of its socket takes them as fast as the page reads. */
export class PageQueue {
  readonly #options: PageQueueOptions;
  #waiting: StudioToPage[] = [];

  constructor(options: PageQueueOptions) {
    this.#options = options;
  }

  get name(): string | undefined {
    return this.#options.name;
  }

  /** A state takes the place of the one that waits. When too many messages wait, the oldest is left out. */
  push(message: StudioToPage): void {
    const wasEmpty = this.#waiting.length === 0;
    if (STATES.has(message.kind)) {
      this.#waiting = this.#waiting.filter(({ kind }) => kind !== message.kind);
    }
    this.#waiting.push(bounded(message));
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.splice(this.#waiting.findIndex(({ kind }) => !STATES.has(kind)), 1);
      this.#options.onDrop();
    }
    if (wasEmpty) this.#options.onReady();
  }

  /** The next message as JSON; undefined when none waits. */
  take(): string | undefined {
    const message = this.#waiting.shift();
    return message && serializeStudioMessage(message);
  }
}

/** A page refuses longer texts. */
function bounded(message: StudioToPage): StudioToPage {
  if (!("text" in message) || message.text === undefined) return message;
  if (message.text.length <= MAX_TEXT_CHARACTERS) return message;
  return { ...message, text: message.text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed() };
}
