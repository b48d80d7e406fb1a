import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { identityProof } from "../../../shared/directory/identity.ts";

/** Before the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410 section 7). */
const PKCS8_HEAD = "302e020100300506032b657004220420";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- a test reads whatever the answer has, and fails where it has not
  readonly body: any;
}

/** Asks a directory, in process or over the network. A body that is text is sent as it is. */
export type Call = (
  method: string,
  path: string,
  body?: unknown,
  token?: string,
) => Promise<Answered>;

/** A person's key. */
export class TestIdentity {
  readonly publicKey: string;
  readonly #privateKey: KeyObject;

  constructor(seed: Uint8Array) {
    const der = Buffer.from(PKCS8_HEAD + seed.toHex(), "hex");
    this.#privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    this.publicKey = createPublicKey(this.#privateKey).export({ format: "jwk" }).x!;
  }

  sign(challenge: string): string {
    return sign(null, identityProof(challenge), this.#privateKey).toString("base64url");
  }

  /** The body of `POST /v1/sessions`, with a new challenge. */
  async prove(call: Call, name: string) {
    const { publicKey } = this;
    const { challenge } = (await call("POST", "/v1/challenges", { publicKey })).body;
    return { publicKey, name, challenge, signature: this.sign(challenge) };
  }

  /** Identifies. @returns the access token. */
  async enter(call: Call, name: string): Promise<string> {
    const session = await call("POST", "/v1/sessions", await this.prove(call, name));
    if (session.status !== 201) throw new Error(JSON.stringify(session.body));
    return session.body.accessToken;
  }
}

export async function readAnswer(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const body = isJson && text !== "" ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body };
}

export const NEW_BROADCAST = {
  title: "Flamengo x Santos",
  sport: "football",
  home: "Flamengo",
  away: "Santos",
  visibility: "public",
  seats: 9,
};
export const BEAT = {
  addresses: ["192.0.2.7:5004"],
  hostKey: "A".repeat(43),
  state: "live",
  score: "1 x 0",
  clock: "12:30",
  seatsTaken: 1,
};
