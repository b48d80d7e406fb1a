import { SeededRng } from "../../../shared/core/rng.ts";
import type { BroadcastSearch } from "../../../server/directory/broadcast_search.ts";
import { Directory } from "../../../server/directory/core/directory.ts";
import type { Limits } from "../../../server/directory/core/limits.ts";
import { createDirectoryApp } from "../../../server/directory/http/app.ts";
import { DirectoryTokens } from "../../../server/directory/tokens/directory_tokens.ts";
import { START } from "../kit.ts";
import { type Answered, type Call, readAnswer, TestIdentity } from "./identities.ts";

const NOTHING_FOUND: BroadcastSearch = { put() {}, remove() {}, find: () => [] };

/** A directory with its HTTP in process, in virtual time. */
export class DirectoryWorld {
  readonly rng = new SeededRng(7);
  readonly directory: Directory;
  readonly troubles: string[] = [];
  now = START;
  isDiskFull = false;
  isBroken = false;
  readonly #app: ReturnType<typeof createDirectoryApp>;

  private constructor(readonly tokens: DirectoryTokens, limits: Partial<Limits>, found: string[]) {
    this.directory = new Directory({ rng: this.rng, limits });
    this.#app = createDirectoryApp({
      directory: this.directory,
      search: { ...NOTHING_FOUND, find: () => found },
      tokens,
      rng: this.rng,
      now: () => this.#readClock(),
      wallNow: () => Number(this.now),
      store: () => this.#store(),
      hostnames: ["127.0.0.1"],
      onTrouble: (text) => void this.troubles.push(text),
    });
  }

  /** @param found the ids that every search finds */
  static async open(limits: Partial<Limits> = {}, found: string[] = []): Promise<DirectoryWorld> {
    const rng = new SeededRng(8);
    const secrets = { signingSeed: rng.bytes(32), accessKey: rng.bytes(32) };
    return new DirectoryWorld(await DirectoryTokens.open(secrets), limits, found);
  }

  readonly call: Call = (method, path, body, token) =>
    this.callFrom("127.0.0.1", {}, method, path, body, token);

  /** Asks from another address, with other headers. */
  async callFrom(
    from: string,
    headers: Record<string, string>,
    ...[method, path, body, token]: Parameters<Call>
  ): Promise<Answered> {
    const all = { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return await readAnswer(
      await this.#app.request(path, { method, headers: all, body: text }, { from }),
    );
  }

  identity(): TestIdentity {
    return new TestIdentity(this.rng.bytes(32));
  }

  /** A new person's access token. */
  enter(name = "Ann"): Promise<string> {
    return this.identity().enter(this.call, name);
  }

  #readClock(): number {
    if (this.isBroken) throw new Error("the clock is broken");
    return this.now;
  }

  #store(): boolean {
    if (!this.isDiskFull) this.directory.takeChanges();
    return !this.isDiskFull;
  }
}
