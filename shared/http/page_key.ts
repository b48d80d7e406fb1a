import type { Rng } from "../core/rng.ts";
import { toBase64Url } from "../text/base64.ts";

const KEY_BYTES = 16;

export interface PageKeyOptions {
  /**
   * For a page that controls something: the key is taken from the cookie and from scripts alone, and the cookie is
   * not sent with what another site opens (`SameSite=Strict`).
   */
  readonly isStrict?: boolean;
  /** Tells its cookie from that of another page of the same address. */
  readonly page?: string;
}

/**
 * The secret for a page. It is in the fragment of the page's address,
 * which browsers don't send, and is then kept as a cookie. Players send it as `?k=`, scripts as
 * `Authorization: Bearer` (RFC 6750).
 */
export class PageKey {
  /** 22 characters of base64url. */
  readonly text: string;
  readonly #cookieName: string;
  readonly #isStrict: boolean;
  readonly #rng: Rng;
  /** Another key, which is good for one exchange; undefined when there is none. */
  #once: string | undefined;

  /** @param port part of the cookie's name, because pages on one machine share their cookies */
  constructor(rng: Rng, port: number, { isStrict = false, page }: PageKeyOptions = {}) {
    this.#rng = rng;
    this.#isStrict = isStrict;
    this.text = makeKey(rng);
    this.#cookieName = `streamer-${page === undefined ? "" : `${page}-`}${port}`;
  }

  /**
   * The cookie that keeps the key in a browser. Lax: it is sent when a link opens the page, but not when
   * another site embeds or fetches it.
   */
  get cookie(): string {
    const sameSite = this.#isStrict ? "Strict" : "Lax";
    return `${this.#cookieName}=${this.text}; Path=/; HttpOnly; SameSite=${sameSite}`;
  }

  /**
   * Makes a key that can be exchanged for the cookie once, for an address that others may see, such as in the
   * arguments of a program. It takes the place of the one before.
   */
  makeOnce(): string {
    return this.#once = makeKey(this.#rng);
  }

  isShownBy(request: Request): boolean {
    const shown = [
      bearerOf(request),
      ...(this.#isStrict ? [] : [new URL(request.url).searchParams.get("k")]),
      ...cookiesOf(request, this.#cookieName),
    ];
    return shown.some((text) => isSame(text ?? "", this.text));
  }

  /** Whether the request may have the cookie. */
  isShownAsBearer(request: Request): boolean {
    const shown = bearerOf(request) ?? "";
    if (this.#once !== undefined && isSame(shown, this.#once)) {
      this.#once = undefined;
      return true;
    }
    return isSame(shown, this.text);
  }
}

function makeKey(rng: Rng): string {
  return toBase64Url(rng.bytes(KEY_BYTES));
}

/** Takes the same time whichever character is wrong. */
function isSame(text: string, right: string): boolean {
  let difference = text.length ^ right.length;
  for (let index = 0; index < right.length; index++) {
    difference |= text.charCodeAt(index) ^ right.charCodeAt(index);
  }
  return difference === 0;
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer ([\w-]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}

/** All of that name: a page of another port of this host may have set one for another path. */
function cookiesOf(request: Request, name: string): string[] {
  return (request.headers.get("cookie") ?? "").split(/;\s*/)
    .filter((cookie) => cookie.startsWith(`${name}=`))
    .map((cookie) => cookie.slice(name.length + 1));
}
