import type { Rng } from "../core/rng.ts";
import { toBase64Url } from "../text/base64.ts";

const KEY_BYTES = 16;

/**
 * The secret for a page that is served beyond this machine. It is in the fragment of the page's address,
 * which browsers don't send, and is then kept as a cookie. Players send it as `?k=`, scripts as
 * `Authorization: Bearer` (RFC 6750).
 */
export class PageKey {
  /** 22 characters of base64url. */
  readonly text: string;
  readonly #cookieName: string;

  /** @param port part of the cookie's name, because viewers on one machine share their cookies */
  constructor(rng: Rng, port: number) {
    this.text = toBase64Url(rng.bytes(KEY_BYTES));
    this.#cookieName = `streamer-${port}`;
  }

  /**
   * The cookie that keeps the key in a browser. Lax: it is sent when a link opens the page, but not when
   * another site embeds or fetches it.
   */
  get cookie(): string {
    return `${this.#cookieName}=${this.text}; Path=/; HttpOnly; SameSite=Lax`;
  }

  isShownBy(request: Request): boolean {
    const shown = [
      bearerOf(request),
      new URL(request.url).searchParams.get("k"),
      ...cookiesOf(request, this.#cookieName),
    ];
    return shown.some((text) => this.#isRight(text ?? ""));
  }

  isShownAsBearer(request: Request): boolean {
    return this.#isRight(bearerOf(request) ?? "");
  }

  /** Takes the same time whichever character is wrong. */
  #isRight(text: string): boolean {
    let difference = text.length ^ this.text.length;
    for (let index = 0; index < this.text.length; index++) {
      difference |= text.charCodeAt(index) ^ this.text.charCodeAt(index);
    }
    return difference === 0;
  }
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
