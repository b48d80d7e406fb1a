import { type AdmissionMessage, type JoinInfo, RejectCode } from "../shared/wire/admission.ts";
import type { Access } from "./config.ts";
import type { Pass, Refusal } from "./pass.ts";
import { TokenChecker } from "./tokens.ts";

/** A JOIN from an address that was proven. */
export type Join = Extract<AdmissionMessage, { type: "join" }>;

/** What a token is good for. */
export type Grant =
  /** Without a pass there is nothing that could end or be withdrawn. */
  | { readonly kind: "granted"; readonly pass?: Pass }
  | { readonly kind: "refused" } & Refusal;

/** What came of looking into a JOIN. */
export type Examined =
  /** Nothing that an honest listener of this broadcast would send: it gets no answer. */
  | { readonly kind: "invalid" }
  | { readonly kind: "answer"; readonly info: JoinInfo; readonly grant: Grant };

/** Looks into JOINs for the core, which can't: that may take cryptography, and so time. */
export interface JoinAuthority {
  /** Never rejects and never throws. */
  examine(join: Join): Examined | Promise<Examined>;
}

/** Lets in whoever shows one of the tokens, or everybody. */
export class Authority implements JoinAuthority {
  readonly #tokens: TokenChecker | undefined;

  constructor(access: Access) {
    this.#tokens = access.kind === "tokens" ? new TokenChecker(access.tokens) : undefined;
  }

  examine({ info }: Join): Examined {
    return { kind: "answer", info, grant: this.#judge(info.token) };
  }

  #judge(token: string | undefined): Grant {
    if (!this.#tokens) return { kind: "granted" };
    if (token === undefined) return refused("a token is needed");
    return this.#tokens.isGood(token)
      ? { kind: "granted" }
      : refused("the token is not one of this broadcast");
  }
}

function refused(reason: string): Grant {
  return { kind: "refused", code: RejectCode.unauthorized, reason };
}
