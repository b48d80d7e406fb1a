import { type Signal, signal } from "@preact/signals";
import * as v from "valibot";
import {
  type CreateWish,
  type OwnState,
  PAGE_HEADER,
  parseOwnState,
  RefusalSchema,
} from "../../../shared/page/page_directory.ts";

const ADDRESS = "/api/directory";
const FORBIDDEN = 403;

/** What the desk needs of a browser; tests pass in their own. */
export interface OwnDeskAdapter {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  goTo(path: string): void;
  /** The program no longer knows this page. */
  onForbidden(): void;
}

/** What the program behind the page does: what it tells, and what it is asked for. */
export class OwnDesk {
  /** null until the program has told it. */
  readonly own: Signal<OwnState | null> = signal(null);
  /** The id of the broadcast that is being joined; "" when none is. */
  readonly joining = signal("");
  readonly isAsking = signal(false);
  /** Why something was not done; "" when all is well. */
  readonly problem = signal("");
  readonly isCreating = signal(false);
  /** What is hosted has changed, and the list with it. */
  onChanged = () => {};
  /** For screen readers. */
  onNews = (_sentence: string) => {};
  readonly #adapter: OwnDeskAdapter;

  constructor(adapter: OwnDeskAdapter) {
    this.#adapter = adapter;
  }

  async refresh(): Promise<void> {
    const answer = await this.#fetch("/own");
    if (answer?.status === FORBIDDEN) return this.#adapter.onForbidden();
    if (answer?.ok) this.#take(await answer.json().catch(() => undefined));
  }

  /** Joins, and goes to the match. */
  async join(id: string): Promise<void> {
    if (this.joining.peek() !== "") return;
    this.joining.value = id;
    const problem = await this.#post("/joins", { id });
    this.joining.value = "";
    this.problem.value = problem;
    if (problem === "") this.#adapter.goTo("/match");
  }

  async leave(): Promise<void> {
    const problem = await this.#post("/leave", {});
    this.problem.value = problem;
    if (problem === "") this.onNews("You have left the match");
  }

  /** @returns why it was not created; "" when it was. */
  async create(wish: CreateWish): Promise<string> {
    const problem = await this.#post("/broadcasts", wish);
    if (problem === "") {
      this.onNews("You host the broadcast now. Its studio can be opened");
      this.onChanged();
    }
    return problem;
  }

  async end(): Promise<void> {
    const problem = await this.#post("/end", {});
    this.problem.value = problem;
    if (problem === "") this.onNews("Your broadcast is over");
    this.onChanged();
  }

  /** @returns why it was not done; "" when it was. */
  async #post(path: string, body: object): Promise<string> {
    this.isAsking.value = true;
    const answer = await this.#fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", [PAGE_HEADER]: "1" },
      body: JSON.stringify(body),
    });
    this.isAsking.value = false;
    if (!answer) return "The program behind this page does not answer: is it still running?";
    const told: unknown = await answer.json().catch(() => undefined);
    if (!answer.ok) return detailOf(told);
    this.#take(told);
    return "";
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response | undefined> {
    return await this.#adapter.fetch(`${ADDRESS}${path}`, init).catch(() => undefined);
  }

  #take(told: unknown): void {
    const own = parseOwnState(told);
    // Drawn again only when something is different.
    if (own.ok && JSON.stringify(own.value) !== JSON.stringify(this.own.peek())) {
      this.own.value = own.value;
    }
  }
}

function detailOf(told: unknown): string {
  const refusal = v.safeParse(RefusalSchema, told);
  return refusal.success ? refusal.output.detail : "The program could not do that: see its log";
}
