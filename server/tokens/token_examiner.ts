/*
 * Tokens: who may listen.
 *
 * In: the token in a listener's JOIN; the tokens of `--token`, or a register (a file of signed
 * tokens, `io/token_file.ts`), which may change during the broadcast.
 * Out: a grant or a refusal with its reason. The edge admits or rejects the listener, and ends its
 * session when its token expires or is revoked.
 *
 * Read `pass.ts` next: what a signed token says, and its checks by time and number of listeners.
 * Then `signed_tokens.ts` (tokens of a register), `token_signing.ts` (JWT) and `token_register.ts`
 * (the register's format). `shared/core/wall_time.ts` gives the time of day by which
 * tokens expire.
 */

import type { JoinOpener, JoinSecrets, OpenedJoin } from "../../shared/secrecy/join_sealing.ts";
import {
  type Join,
  joinAssociated,
  type JoinInfo,
  parseJoinInfo,
  RejectCode,
} from "../../shared/admission/admission.ts";
import type { Access } from "../interface/config.ts";
import type { Pass, Refusal } from "./pass.ts";
import { sha256 } from "../../shared/secrecy/hmac_sha256.ts";
import { timingSafeEqual } from "node:crypto";

/** The decision about a token. */
export type Grant =
  /** Without a pass the grant neither expires nor can be revoked. */
  | { readonly kind: "granted"; readonly pass?: Pass }
  | { readonly kind: "refused" } & Refusal;

/** The result of examining a JOIN. */
export type Examined =
  /** No honest listener of this broadcast sends such a JOIN: it gets no answer. */
  | { readonly kind: "invalid" }
  | {
    readonly kind: "answer";
    readonly info: JoinInfo;
    /** Absent when the JOIN was not sealed. */
    readonly secrets?: JoinSecrets;
    readonly grant: Grant;
  };

/** Examines JOINs outside the core, because decrypting and verifying may be asynchronous. */
export interface JoinExaminer {
  /** Never rejects and never throws. */
  examine(join: Join): Examined | Promise<Examined>;
}

const encoder = new TextEncoder();
const INVALID: Examined = { kind: "invalid" };
const NO_TOKEN: Refusal = { code: RejectCode.unauthorized, reason: "a token is required" };
export const UNKNOWN_TOKEN: Refusal = {
  code: RejectCode.unauthorized,
  reason: "the token is not valid for this broadcast",
};

/** Grants one of the given tokens; in an open broadcast grants every JOIN. */
export class TokenExaminer implements JoinExaminer {
  readonly #tokens: TokenChecker | undefined;
  readonly #opener: JoinOpener | undefined;

  /**
   * @param opener decrypts JOINs with the host's key; absent when the broadcast is not encrypted.
   */
  constructor(access: Access, opener?: JoinOpener) {
    this.#opener = opener;
    this.#tokens = access.kind === "tokens" ? new TokenChecker(access.tokens) : undefined;
  }

  examine(join: Join): Examined | Promise<Examined> {
    if (join.type === "join") return this.#opener ? INVALID : this.#answer(join.info);
    const { clientRandom, cookie, encapsulated, ciphertext } = join;
    const associated = joinAssociated(clientRandom, cookie);
    const opened = this.#opener?.open(encapsulated, ciphertext, associated);
    return opened instanceof Promise
      ? opened.then((opened) => this.#onOpened(opened))
      : this.#onOpened(opened);
  }

  #onOpened(opened: OpenedJoin | undefined): Examined {
    const info = opened && parseJoinInfo(opened.plaintext);
    return info?.ok ? { ...this.#answer(info.value), secrets: opened!.secrets } : INVALID;
  }

  #answer(info: JoinInfo): Extract<Examined, { kind: "answer" }> {
    return { kind: "answer", info, grant: this.#judge(info.token) };
  }

  #judge(token: string | undefined): Grant {
    if (!this.#tokens) return { kind: "granted" };
    if (token === undefined) return { kind: "refused", ...NO_TOKEN };
    return this.#tokens.isGood(token) ? { kind: "granted" } : { kind: "refused", ...UNKNOWN_TOKEN };
  }
}

/**
 * Checks a token against all valid ones in a time that reveals nothing about them: it compares
 * digests of equal length, and always all of them.
 */
export class TokenChecker {
  readonly #digests: readonly Uint8Array[];
  readonly #areEqual: typeof timingSafeEqual;

  /** @param areEqual compares two digests in constant time. */
  constructor(tokens: readonly string[], areEqual = timingSafeEqual) {
    this.#digests = tokens.map(digest);
    this.#areEqual = areEqual;
  }

  isGood(token: string): boolean {
    const asked = digest(token);
    return this.#digests.reduce((good, known) => this.#areEqual(asked, known) || good, false);
  }
}

function digest(text: string): Uint8Array {
  return sha256(encoder.encode(text));
}
