/**
 * viewer/directory: `view` without a link: a page on which one finds a broadcast, joins it, or creates one.
 *
 * In: what the page asks (directory_app.ts), lists of a directory, and how listening and hosting go. Out: what the
 * page shows. {@linkcode DirectoryDesk} (this file) has at most one broadcast to listen to and one that it hosts;
 * listening, hosting and the directory are passed in, since they need sockets, and since a viewer knows no server:
 * `main.ts` gives it what hosts. command/directory.ts puts all of it together. The next file to read is
 * directory_app.ts.
 */
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Broadcast, BroadcastList } from "../../shared/directory/forms.ts";
import type { CreateWish, OwnState } from "../../shared/page/page_directory.ts";
import { hideSecrets } from "../../shared/text/hide_secrets.ts";
import { plainText } from "../../shared/text/plain_text.ts";

/** What is asked of a directory. Each call fails with a CommandError whose message is for people. */
export interface DirectoryAccess {
  /** As `--directory` names it. */
  readonly url: string;
  /** @param query of `GET /v1/broadcasts` */
  list(query: URLSearchParams): Promise<BroadcastList>;
  find(id: string): Promise<Broadcast>;
}

/** Answers the requests of a match's page. */
export interface MatchPage {
  fetch(request: Request): Response | Promise<Response>;
  close(): Promise<void>;
}

/** A listener of this process, with its page. */
export interface RunningMatch {
  readonly page: MatchPage;
  /** Rejects with a CommandError when it is refused, or loses the host. */
  readonly finished: Promise<unknown>;
}

/** A broadcast of this process, with its studio. */
export interface HostedBroadcast {
  /** Of the directory; null until the directory has taken it. */
  readonly id: string | null;
  /** The address of its studio, with a secret that is good once. */
  makeStudioUrl(): string;
  /** Rejects with a CommandError when it fails. */
  readonly finished: Promise<unknown>;
}

/**
 * Creates a broadcast in the directory and hosts it, until the signal ends it.
 *
 * @throws CommandError when that fails.
 */
export type HostBroadcast = (wish: CreateWish, signal: AbortSignal) => Promise<HostedBroadcast>;

export interface DirectoryDeskOptions {
  readonly access: DirectoryAccess;
  /** Joins, and resolves when there is a page. */
  readonly listen: (broadcastId: string, signal: AbortSignal) => Promise<RunningMatch>;
  readonly host: HostBroadcast;
}

/** Something that runs until it is ended. */
interface Running<What> {
  readonly what: What;
  readonly ending: AbortController;
  isOver: boolean;
  reason: string;
  settled: Promise<void>;
}

/** What this process does for its page. */
export class DirectoryDesk {
  readonly #options: DirectoryDeskOptions;
  #listening: Running<RunningMatch & { readonly broadcast: Broadcast }> | undefined;
  #hosting: Running<HostedBroadcast & { readonly wish: CreateWish }> | undefined;
  /** One thing is begun or ended at a time, whatever several pages ask for. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: DirectoryDeskOptions) {
    this.#options = options;
  }

  get access(): DirectoryAccess {
    return this.#options.access;
  }

  /** The page of the broadcast that is listened to, or was until it was over. */
  get page(): MatchPage | undefined {
    return this.#listening?.what.page;
  }

  own(): OwnState {
    return {
      directory: this.access.url,
      listening: this.#listening
        ? { broadcast: this.#listening.what.broadcast, ...endOf(this.#listening) }
        : null,
      hosting: this.#hosting ? describeHosted(this.#hosting) : null,
    };
  }

  /** Leaves what is listened to, and joins. @throws CommandError */
  join(id: string): Promise<void> {
    return this.#takeTurn(async () => {
      const broadcast = await this.access.find(id);
      await this.#stopListening();
      const ending = new AbortController();
      const running = await this.#options.listen(id, ending.signal);
      this.#listening = follow({ ...running, broadcast }, ending);
    });
  }

  leave(): Promise<void> {
    return this.#takeTurn(() => this.#stopListening());
  }

  /** @throws CommandError when it fails, or when a broadcast is hosted already. */
  create(wish: CreateWish): Promise<void> {
    return this.#takeTurn(async () => {
      if (this.#hosting && !this.#hosting.isOver) throw ALREADY_HOSTING;
      const ending = new AbortController();
      const hosted = await this.#options.host(wish, ending.signal);
      this.#hosting = follow(withWish(hosted, wish), ending);
    });
  }

  endHosting(): Promise<void> {
    return this.#takeTurn(() => this.#stopHosting());
  }

  /** The address of the studio, good once; undefined when nothing is hosted. */
  makeStudioUrl(): string | undefined {
    return this.#hosting?.isOver === false ? this.#hosting.what.makeStudioUrl() : undefined;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.#takeTurn(async () => {
      this.#isClosed = true;
      await Promise.all([this.#stopListening(), this.#stopHosting()]);
    });
  }

  async #stopListening(): Promise<void> {
    const listening = this.#listening;
    listening?.ending.abort();
    await listening?.settled;
    this.#listening = undefined;
    await listening?.what.page.close();
  }

  async #stopHosting(): Promise<void> {
    this.#hosting?.ending.abort();
    // Until then the directory may not know that it is over.
    await this.#hosting?.settled;
    this.#hosting = undefined;
  }

  #takeTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(() => {
      if (this.#isClosed) throw CLOSING;
      return work();
    });
    this.#turn = done.catch(() => {});
    return done;
  }
}

const ALREADY_HOSTING = new CommandError(
  ExitCode.failure,
  "You host a broadcast already: end it before you create another one",
);
const CLOSING = new CommandError(ExitCode.failure, "The program is ending: start it again");

/** The line of an error for people; it has no secret, and turns no words around it. */
export function errorLine(error: unknown): string {
  return plainText(hideSecrets(error instanceof Error ? error.message : String(error)));
}

function follow<What extends { readonly finished: Promise<unknown> }>(
  what: What,
  ending: AbortController,
): Running<What> {
  const end = (reason: string) => {
    running.isOver = true;
    running.reason = reason;
  };
  const settled = what.finished.then(() => end(""), (error) => end(errorLine(error)));
  const running: Running<What> = { what, ending, isOver: false, reason: "", settled };
  return running;
}

function endOf({ isOver, reason }: Running<unknown>) {
  return { isOver, reason };
}

/** The id may become known later. */
function withWish(hosted: HostedBroadcast, wish: CreateWish) {
  return {
    wish,
    get id() {
      return hosted.id;
    },
    makeStudioUrl: () => hosted.makeStudioUrl(),
    finished: hosted.finished,
  };
}

function describeHosted(hosting: Running<HostedBroadcast & { readonly wish: CreateWish }>) {
  const { id, wish: { home, away } } = hosting.what;
  return { id, home, away, ...endOf(hosting) };
}
