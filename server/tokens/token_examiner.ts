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
import { createHash, timingSafeEqual } from "node:crypto";

/** What a token is good for. */
export type Grant =
  /** Without a pass there is nothing that could end or be withdrawn. */
  | { readonly kind: "granted"; readonly pass?: Pass }
  | { readonly kind: "refused" } & Refusal;

/** What came of looking into a JOIN. */
export type Examined =
  /** Nothing that an honest listener of this broadcast would send: it gets no answer. */
  | { readonly kind: "invalid" }
  | {
    readonly kind: "answer";
    readonly info: JoinInfo;
    /** Absent when the JOIN was not sealed. */
    readonly secrets?: JoinSecrets;
    readonly grant: Grant;
  };

/** Looks into JOINs for the core, which can't: that may take cryptography, and so time. */
export interface JoinExaminer {
  /** Never rejects and never throws. */
  examine(join: Join): Examined | Promise<Examined>;
}

const INVALID: Examined = { kind: "invalid" };
const NO_TOKEN: Refusal = { code: RejectCode.unauthorized, reason: "a token is needed" };
export const UNKNOWN_TOKEN: Refusal = {
  code: RejectCode.unauthorized,
  reason: "the token is not one of this broadcast",
};

/** Lets in whoever shows one of the tokens, or everybody. */
export class TokenExaminer implements JoinExaminer {
  readonly #tokens: TokenChecker | undefined;
  readonly #opener: JoinOpener | undefined;

  /** @param opener the host's key; without one the broadcast is not encrypted. */
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
 * Checks a token against all that are good, in a time that tells nothing about any of them: digests
 * of equal length are compared, every one of them, whatever the outcome so far.
 */
export class TokenChecker {
  readonly #digests: readonly Uint8Array[];
  readonly #areEqual: typeof timingSafeEqual;

  /** @param areEqual takes the same time wherever two digests differ. */
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
  return createHash("sha256").update(text).digest();
}
