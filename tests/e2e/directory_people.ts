import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import { identityProof } from "../../shared/directory/identity.ts";
import { Streamer } from "./streamer.ts";

export const HOST_KEY = "A".repeat(43);

/** Starts a directory and waits until it answers. */
export async function startDirectory(args: readonly string[] = []) {
  const directory = new Streamer(["directory", "--http", "127.0.0.1:0", "--json", ...args]);
  const { url } = await directory.line("ready");
  return { directory, url: url as string };
}

/** What a broadcast is created with; the rest as usual. */
export interface Made {
  readonly title?: string;
  readonly sport?: string;
  readonly home: string;
  readonly away: string;
  readonly startsAt?: number;
  readonly visibility?: "public" | "unlisted";
  readonly seats?: number;
}

/** Somebody who creates broadcasts in a directory, and tells it what their hosts would. */
export class Person {
  readonly #url: string;
  readonly #accessToken: string;

  private constructor(url: string, accessToken: string) {
    this.#url = url;
    this.#accessToken = accessToken;
  }

  static async identify(url: string, name: string): Promise<Person> {
    const { publicKey: key, privateKey } = generateKeyPairSync("ed25519");
    const publicKey = key.export({ format: "jwk" }).x!;
    const { challenge } = await call(url, "POST", "v1/challenges", { publicKey });
    const signature = Buffer.from(sign(null, identityProof(challenge), privateKey))
      .toString("base64url");
    const proof = { publicKey, name, challenge, signature };
    const { accessToken } = await call(url, "POST", "v1/sessions", proof);
    return new Person(url, accessToken);
  }

  /** @returns its id */
  async create(made: Made): Promise<string> {
    const usual = { title: `${made.home} x ${made.away}`, sport: "football", seats: 50 };
    const body = { ...usual, visibility: "public", ...made };
    return (await call(this.#url, "POST", "v1/broadcasts", body, this.#accessToken)).id;
  }

  async beat(id: string, told: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const usual = { addresses: ["192.0.2.7:5004"], hostKey: HOST_KEY, state: "live" };
    const body = { ...usual, score: "0 x 0", clock: "00:00", seatsTaken: 12, ...told };
    await call(this.#url, "PUT", `v1/broadcasts/${id}/heartbeat`, body, this.#accessToken);
  }

  async end(id: string): Promise<void> {
    await call(this.#url, "DELETE", `v1/broadcasts/${id}`, undefined, this.#accessToken);
  }
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
  token?: string,
  // deno-lint-ignore no-explicit-any -- a test reads whatever the answer has, and fails where it has not
): Promise<any> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
