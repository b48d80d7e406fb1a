import { SeededRng } from "../../../shared/core/rng.ts";
import type { Broadcast } from "../../../shared/directory/forms.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { PageKey } from "../../../shared/http/page_key.ts";
import type { CreateWish } from "../../../shared/page/page_directory.ts";
import { createDirectoryPages } from "../../../viewer/directory/directory_app.ts";
import { DirectoryDesk } from "../../../viewer/directory/directory_desk.ts";
import { broadcast } from "../../server/directory/web/model/broadcasts.ts";

export const HOST = "127.0.0.1:8080";
export const WISH: CreateWish = {
  title: "Flamengo x Santos",
  sport: "Football",
  home: "Flamengo",
  away: "Santos",
  seats: 50,
  visibility: "public",
};

/** Something that runs until it is ended, or fails when the test says so. */
class FakeRun {
  readonly finished: Promise<void>;
  isClosed = false;
  fail: (error: Error) => void;
  #end: () => void;

  constructor(readonly name: string, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#end = resolve;
    this.fail = reject;
    signal.addEventListener("abort", () => this.#end());
  }
  end(): void {
    this.#end();
  }
}

/** The page of `view` without a link, with a directory, listeners and hosts that the test steers. */
export function setUp() {
  const key = new PageKey(new SeededRng(5), 8080);
  const matches: FakeRun[] = [];
  const hosted: (FakeRun & { wish?: CreateWish })[] = [];
  const asked: string[] = [];
  const directory = { broadcasts: [broadcast(1), broadcast(2)], isAway: false };
  const answer = <Value>(value: Value): Promise<Value> =>
    directory.isAway
      ? Promise.reject(new CommandError(ExitCode.noAnswer, "The directory does not answer"))
      : Promise.resolve(value);
  const find = (id: string): Promise<Broadcast> => {
    const found = directory.broadcasts.find((one) => one.id === id);
    if (found) return answer(found);
    return Promise.reject(new CommandError(ExitCode.failure, "There is no such broadcast"));
  };
  const desk = new DirectoryDesk({
    access: {
      url: "http://127.0.0.1:8090/",
      list: (query) => {
        asked.push(query.toString());
        return answer({ broadcasts: directory.broadcasts });
      },
      find,
    },
    listen: (id, signal) => {
      const run = new FakeRun(id, signal);
      matches.push(run);
      const page = {
        fetch: (request: Request) => new Response(`match ${id} ${new URL(request.url).pathname}`),
        close: () => {
          run.isClosed = true;
          return Promise.resolve();
        },
      };
      return Promise.resolve({ page, finished: run.finished });
    },
    host: (wish, signal) => {
      const run = Object.assign(new FakeRun(wish.title, signal), { wish });
      hosted.push(run);
      const { finished } = run;
      const makeStudioUrl = () => "http://127.0.0.1:9999/#k=once";
      return Promise.resolve({ id: broadcast(7).id, makeStudioUrl, finished });
    },
  });
  const app = createDirectoryPages({
    hostnames: ["127.0.0.1"],
    isLocal: true,
    key,
    desk,
    asset: (path) => ({ body: new TextEncoder().encode(`file ${path}`), mimeType: "text/html" }),
  });
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    app.request(`http://${HOST}${path}`, { method, headers: { Host: HOST, ...headers }, body });
  const cookie = { Cookie: key.cookie.split(";")[0]! };
  const get = (path: string) => ask("GET", path, cookie);
  const post = (path: string, body: unknown, more: Record<string, string> = {}) => {
    const headers = { ...cookie, "x-streamer-page": "1", ...more };
    return ask("POST", `/api/directory${path}`, headers, JSON.stringify(body));
  };
  return { key, cookie, desk, directory, matches, hosted, asked, ask, get, post };
}
